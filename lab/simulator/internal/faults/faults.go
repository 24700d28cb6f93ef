// Package faults injects faults into the simulator: what a client of a real vCenter has to live with.
package faults

import (
	"encoding/json"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/vmware/govmomi/simulator"
)

// Injector injects faults into a service. Every request reads what it injects, and Inject replaces that at any moment.
type Injector struct {
	service  *simulator.Service
	settings atomic.Pointer[Settings]
}

// NewInjector returns one that injects nothing yet.
func NewInjector(service *simulator.Service) *Injector {
	injector := &Injector{service: service}
	injector.settings.Store(&Settings{})
	return injector
}

// Inject replaces what is injected from now on.
func (i *Injector) Inject(settings *Settings) {
	i.settings.Store(settings)
	i.service.ClearFaultRules()
	for _, rule := range settings.Faults {
		fault := faultTypes[rule.Fault]
		i.service.AddFaultRule(&simulator.FaultInjectionRule{
			MethodName: rule.Method, ObjectType: "*", ObjectName: "*",
			FaultType: fault.kind, Message: fault.message,
			Probability: rule.Probability, SkipCount: rule.Skip, MaxCount: rule.Times, Enabled: true,
		})
	}
	described, _ := json.Marshal(settings)
	log.Printf("fault injection: %s", described)
}

// CloneTime is how long a clone takes at present.
func (i *Injector) CloneTime() time.Duration {
	return time.Duration(i.settings.Load().CloneSeconds * float64(time.Second))
}

// BreakConnections breaks connections as it is set.
func (i *Injector) BreakConnections(next http.Handler) http.Handler {
	return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		if rand.Float64() >= i.settings.Load().LostConnections {
			next.ServeHTTP(response, request)
			return
		}
		if rand.IntN(2) == 0 {
			next.ServeHTTP(lostAnswer{http.Header{}}, request)
		}
		panic(http.ErrAbortHandler)
	})
}

// lostAnswer is an answer that does not reach its client.
type lostAnswer struct{ header http.Header }

func (l lostAnswer) Header() http.Header               { return l.header }
func (l lostAnswer) Write(content []byte) (int, error) { return io.Discard.Write(content) }
func (l lostAnswer) WriteHeader(int)                   {}
