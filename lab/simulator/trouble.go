package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"sort"
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
)

// Trouble is what a real vCenter does and a simulator does not: clones take time, calls fail, connections break. Default:
// none. `serve` reads it again from the config on SIGHUP, so that a test can begin and end it at any moment.
type Trouble struct {
	// CloneSeconds is how long each clone takes; clones of one template run side by side.
	CloneSeconds float64 `json:"cloneSeconds"`
	// Faults are answered instead of what was asked for. The first that fits counts.
	Faults []FaultRule `json:"faults"`
	// LostConnections is the probability, 0 to 1, that a request's connection breaks: for one half before the request has
	// an effect, for the other after it, so that only the answer is lost.
	LostConnections float64 `json:"lostConnections"`
}

// FaultRule is one of the simulator's own rules of injected faults.
type FaultRule struct {
	// Method is the API's method, such as CloneVM_Task. Default: every method.
	Method string `json:"method"`
	// Fault is one of faultTypes.
	Fault string `json:"fault"`
	// Probability, more than 0 and at most 1. Default 1.
	Probability float64 `json:"probability"`
	// Skip is how many calls that fit go well first. Default 0.
	Skip int `json:"skip"`
	// Times is how often the fault is answered. Default 0: without end.
	Times int `json:"times"`
}

// faultTypes are the faults there are, and what a vCenter says with them.
var faultTypes = map[string]struct {
	kind    simulator.FaultType
	message string
}{
	"NotAuthenticated": {simulator.FaultTypeNotAuthenticated, "The session is not authenticated."},
	"NoPermission":     {simulator.FaultTypeNoPermission, "Permission to perform this operation was denied."},
	"NetworkFailure":   {simulator.FaultTypeNetworkFailure, "A general system error occurred: Connection reset by peer"},
	"Timeout":          {simulator.FaultTypeTimeout, "Operation timed out."},
}

func faultNames() string {
	names := make([]string, 0, len(faultTypes))
	for name := range faultTypes {
		names = append(names, name)
	}
	sort.Strings(names)
	return strings.Join(names, ", ")
}

func (t *Trouble) complete() {
	for i := range t.Faults {
		orDefault(&t.Faults[i].Method, "*")
		orDefault(&t.Faults[i].Probability, 1)
	}
}

func (t *Trouble) faults() []string {
	var faults []string
	if t.CloneSeconds < 0 {
		faults = append(faults, fmt.Sprintf("trouble.cloneSeconds: %v is less than 0", t.CloneSeconds))
	}
	if t.LostConnections < 0 || t.LostConnections > 1 {
		faults = append(faults, fmt.Sprintf("trouble.lostConnections: %v is not from 0 to 1", t.LostConnections))
	}
	for i, rule := range t.Faults {
		path := fmt.Sprintf("trouble.faults[%d]", i)
		if _, ok := faultTypes[rule.Fault]; !ok {
			faults = append(faults, fmt.Sprintf("%s.fault: %q is not one of %s", path, rule.Fault, faultNames()))
		}
		if rule.Probability < 0 || rule.Probability > 1 {
			faults = append(faults, fmt.Sprintf("%s.probability: %v is not from 0 to 1", path, rule.Probability))
		}
		if rule.Skip < 0 || rule.Times < 0 {
			faults = append(faults, path+": skip and times must be at least 0")
		}
	}
	return faults
}

func (t *Trouble) cloneTime() time.Duration {
	return time.Duration(t.CloneSeconds * float64(time.Second))
}

// troubles is what goes wrong at present.
func (s *site) troubles() *Trouble { return s.trouble.Load() }

// suffer replaces what goes wrong.
func (s *site) suffer(trouble *Trouble) {
	s.trouble.Store(trouble)
	s.service.ClearFaultRules()
	for _, rule := range trouble.Faults {
		fault := faultTypes[rule.Fault]
		s.service.AddFaultRule(&simulator.FaultInjectionRule{
			MethodName: rule.Method, ObjectType: "*", ObjectName: "*",
			FaultType: fault.kind, Message: fault.message,
			Probability: rule.Probability, SkipCount: rule.Skip, MaxCount: rule.Times, Enabled: true,
		})
	}
	described, _ := json.Marshal(trouble)
	log.Printf("trouble: %s", described)
}

// lossy breaks connections as configured.
func (s *site) lossy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		if rand.Float64() >= s.troubles().LostConnections {
			next.ServeHTTP(response, request)
			return
		}
		if rand.IntN(2) == 0 {
			next.ServeHTTP(lostAnswer{http.Header{}}, request)
		}
		panic(http.ErrAbortHandler)
	})
}

// lostAnswer is an answer that nobody gets.
type lostAnswer struct{ header http.Header }

func (l lostAnswer) Header() http.Header               { return l.header }
func (l lostAnswer) Write(content []byte) (int, error) { return io.Discard.Write(content) }
func (l lostAnswer) WriteHeader(int)                   {}
