// Package machines lets virtual machines of the simulator have guests, which are containers or nothing.
package machines

import (
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"sitewright/lab/simulator/internal/authorization"
	"sitewright/lab/simulator/internal/config"
	"sitewright/lab/simulator/internal/docker"
	"sitewright/lab/simulator/internal/faults"
	"sitewright/lab/simulator/internal/journal"
	"sitewright/lab/simulator/internal/tasks"
)

// Set is all virtual machines, templates too.
type Set struct {
	config      *config.Config
	service     *simulator.Service
	journal     *journal.Journal
	permissions *authorization.Manager
	faults      *faults.Injector

	mutex    sync.Mutex
	machines map[types.ManagedObjectReference]*Machine
}

// NewSet returns a set without machines.
func NewSet(
	settings *config.Config, service *simulator.Service, records *journal.Journal, permissions *authorization.Manager, injector *faults.Injector,
) *Set {
	return &Set{
		config: settings, service: service, journal: records, permissions: permissions, faults: injector,
		machines: map[types.ManagedObjectReference]*Machine{},
	}
}

func (s *Set) registry() *simulator.Registry { return s.service.Context.Map }

func (s *Set) get(reference types.ManagedObjectReference) *Machine {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.machines[reference]
}

// View returns a registry that holds nothing but the machine in front of the simulator's own; nil for one that is not of the set.
func (s *Set) View(reference types.ManagedObjectReference) *simulator.Registry {
	if m := s.get(reference); m != nil {
		return m.view
	}
	return nil
}

// Record writes a machine's file in the journal; what is no machine of the set has none.
func (s *Set) Record(ctx *simulator.Context, reference types.ManagedObjectReference) (failed *tasks.Failure) {
	if m := s.get(reference); m != nil {
		ctx.WithLock(m.Self, func() { failed = m.record(ctx) })
	}
	return failed
}

// Count is the number of machines, without templates.
func (s *Set) Count() int { return len(s.all()) }

// all returns the machines without templates.
func (s *Set) all() []*Machine {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	machines := make([]*Machine, 0, len(s.machines))
	for _, m := range s.machines {
		if !m.Config.Template {
			machines = append(machines, m)
		}
	}
	return machines
}

// Containers returns name -> state of the containers, those of no machine included.
func (s *Set) Containers() (map[string]string, error) {
	if !s.config.HasContainers() {
		return nil, nil
	}
	return docker.List(s.config.Containers.Labels)
}

// Adopt takes a virtual machine of the simulator into the lab's care.
func (s *Set) Adopt(ctx *simulator.Context, reference types.ManagedObjectReference, template config.Template) *Machine {
	m := &Machine{VirtualMachine: ctx.Map.Get(reference).(*simulator.VirtualMachine), set: s, template: template}
	m.view = simulator.NewRegistry()
	m.view.Put(m)
	m.backing = container{m}
	if template.Image == "" {
		m.backing = nothing{m}
	}
	m.reportHardware()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.machines[reference] = m
	return m
}

// forget ends the lab's care for a machine that is gone.
func (s *Set) forget(m *Machine) *tasks.Failure {
	s.mutex.Lock()
	delete(s.machines, m.Self)
	s.mutex.Unlock()
	s.permissions.Forget(tasks.Context(s.service), m.Self)
	s.registry().Remove(tasks.Context(s.service), m.hardwareBrowser())
	if err := s.journal.RemoveMachine(m.Config.Uuid); err != nil {
		return tasks.HostFailure(m.Name, err)
	}
	return nil
}
