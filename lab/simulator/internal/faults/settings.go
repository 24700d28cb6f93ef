package faults

import (
	"cmp"
	"fmt"
	"sort"
	"strings"

	"github.com/vmware/govmomi/simulator"
)

// Settings are what a real vCenter does and a simulator does not: clones take time, calls fail, connections break. Default:
// none.
type Settings struct {
	// CloneSeconds is how long each clone takes; clones of one template run side by side.
	CloneSeconds float64 `json:"cloneSeconds"`
	// Faults are answered instead of what was asked for. The first that fits counts.
	Faults []Rule `json:"faults"`
	// LostConnections is the probability, 0 to 1, that a request's connection breaks: for one half before the request has
	// an effect, for the other after it, so that only the answer is lost.
	LostConnections float64 `json:"lostConnections"`
}

// Rule is one of the simulator's own rules of injected faults.
type Rule struct {
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

// Complete fills in the defaults.
func (s *Settings) Complete() {
	for i := range s.Faults {
		rule := &s.Faults[i]
		rule.Method = cmp.Or(rule.Method, "*")
		rule.Probability = cmp.Or(rule.Probability, 1)
	}
}

// Check lists what is wrong, each with its path below the given one.
func (s *Settings) Check(path string) []string {
	var faults []string
	if s.CloneSeconds < 0 {
		faults = append(faults, fmt.Sprintf("%s.cloneSeconds: %v is less than 0", path, s.CloneSeconds))
	}
	if s.LostConnections < 0 || s.LostConnections > 1 {
		faults = append(faults, fmt.Sprintf("%s.lostConnections: %v is not from 0 to 1", path, s.LostConnections))
	}
	for i, rule := range s.Faults {
		path := fmt.Sprintf("%s.faults[%d]", path, i)
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
