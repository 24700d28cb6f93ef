package main

import (
	"context"
	"log"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// site joins the simulator, the containers and the journal.
type site struct {
	config  *Config
	service *simulator.Service
	journal *journal
	// accounts are those that may log in, by the name they are compared under.
	accounts map[string]login
	access   *authorization

	// trouble is read by every request and replaced at any moment.
	trouble atomic.Pointer[Trouble]

	mutex    sync.Mutex
	machines map[types.ManagedObjectReference]*machine
}

func (s *site) serviceContent() types.ServiceContent {
	return s.service.Context.Map.Get(vim25.ServiceInstance).(*simulator.ServiceInstance).Content
}

func (s *site) registry() *simulator.Registry { return s.service.Context.Map }

// context makes a fresh context, and with it a fresh owner of object locks, for work of our own.
func (s *site) context() *simulator.Context {
	own := *s.service.Context
	return &own
}

// dispatch is called by the simulator before each method. For the objects of the lab it places our
// own object in the caller's view, in front of the simulator's. The view lives for one call only.
func (s *site) dispatch(ctx *simulator.Context, method *simulator.Method) (mo.Reference, types.BaseMethodFault) {
	switch method.Name {
	case "LoginByToken", "LoginExtensionByCertificate", "ImpersonateUser":
		// The simulator accepts any token and any certificate here.
		return nil, &types.InvalidLogin{}
	case "Login":
		if request, ok := method.Body.(*types.Login); ok && s.knows(request) && s.accounts[principal(request.UserName)].expired {
			return nil, &types.PasswordExpired{}
		}
	}
	if ctx.Session == nil {
		return nil, nil
	}
	switch method.This.Type {
	case "VirtualMachine":
		if m := s.machine(method.This); m != nil {
			ctx.Session.Registry = m.view
		}
	case "AuthorizationManager":
		ctx.Session.Registry = viewOf(s.access)
	case "Folder":
		if plain, ok := s.registry().Get(method.This).(*simulator.Folder); ok {
			ctx.Session.Registry = viewOf(&folder{Folder: plain, site: s})
		}
	}
	return nil, nil
}

// viewOf makes a registry that holds one object only; everything else is found behind it.
func viewOf(object mo.Reference) *simulator.Registry {
	registry := simulator.NewRegistry()
	registry.Put(object)
	return registry
}

func (s *site) machine(reference types.ManagedObjectReference) *machine {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.machines[reference]
}

func (s *site) allMachines() []*machine {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	machines := make([]*machine, 0, len(s.machines))
	for _, m := range s.machines {
		if !m.Config.Template {
			machines = append(machines, m)
		}
	}
	return machines
}

// adopt takes a virtual machine of the simulator into the lab's care.
func (s *site) adopt(ctx *simulator.Context, reference types.ManagedObjectReference, template Template) *machine {
	m := &machine{VirtualMachine: ctx.Map.Get(reference).(*simulator.VirtualMachine), site: s, template: template}
	m.view = viewOf(m)
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
func (s *site) forget(m *machine) *failure {
	s.mutex.Lock()
	delete(s.machines, m.Self)
	s.mutex.Unlock()
	s.access.forget(s.context(), m.Self)
	s.registry().Remove(s.context(), m.hardwareBrowser())
	if err := s.journal.removeMachine(m.Config.Uuid); err != nil {
		return hostFailure(m.Name, err)
	}
	return nil
}

// intervals of the background work
const (
	repeatInterval = time.Second     // the guests' reports of their addresses
	watchInterval  = 5 * time.Second // a look at the containers
)

// watch keeps the inventory in step with the containers until the context ends: guests report their
// addresses again and again, and a machine whose container has stopped is powered off.
func (s *site) watch(ctx context.Context) {
	repeat, look := time.NewTicker(repeatInterval), time.NewTicker(watchInterval)
	defer repeat.Stop()
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-repeat.C:
			for _, m := range s.allMachines() {
				m.repeatGuest(s.context())
			}
		case <-look.C:
			s.look()
		}
	}
}

// listContainers returns name -> state of the site's containers.
func (s *site) listContainers() (map[string]string, error) {
	if !s.config.hasContainers() {
		return nil, nil
	}
	return listContainers(s.config.Containers.Labels)
}

func (s *site) look() {
	containers, err := s.listContainers()
	if err != nil {
		log.Printf("containers cannot be listed: %s", err)
		return
	}
	for _, m := range s.allMachines() {
		if containers[m.containerName()] == "running" {
			continue
		}
		ctx := s.context()
		ctx.WithLock(m.Self, func() {
			if m.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
				return
			}
			// The list may be older than the power state; ask again now that nothing can change it.
			if _, running, err := m.backing.state(); err != nil || running {
				return
			}
			log.Printf("%s: its container is not running any more, powered off", m.Name)
			m.markOff(ctx)
			m.record(ctx)
		})
	}
}

// folder is a folder of the simulator; it writes the journal, and does not lose machines.
type folder struct {
	*simulator.Folder

	site *site
}

// CreateFolder creates a folder and writes the journal.
func (f *folder) CreateFolder(ctx *simulator.Context, request *types.CreateFolder) soap.HasFault {
	body := f.Folder.CreateFolder(ctx, request)
	if body.Fault() == nil {
		if err := f.site.recordFolders(ctx); err != nil {
			return &methods.CreateFolderBody{Fault_: simulator.Fault(err.Error(), &types.RuntimeFault{})}
		}
		log.Printf("folder %s: created", request.Name)
	}
	return body
}

// DestroyTask destroys an empty folder. One that holds something is refused: the simulator would drop
// the folder and leave its machines behind.
func (f *folder) DestroyTask(ctx *simulator.Context, request *types.Destroy_Task) soap.HasFault {
	return &methods.Destroy_TaskBody{Res: &types.Destroy_TaskResponse{
		Returnval: runTask(ctx, f.Self, "destroy", func() (types.AnyType, *failure) {
			if len(f.ChildEntity) > 0 {
				return nil, &failure{&types.ResourceInUse{Type: "Folder", Name: f.Name}, "folder " + f.Name + " is not empty: destroy what is in it first"}
			}
			body := f.Folder.DestroyTask(ctx, request).(*methods.Destroy_TaskBody)
			if _, failed := finish(ctx, body.Res.Returnval); failed != nil {
				return nil, failed
			}
			f.site.access.forget(ctx, f.Self)
			log.Printf("folder %s: destroyed", f.Name)
			return nil, f.recorded(ctx)
		}),
	}}
}

// RenameTask renames a folder and writes the journal.
func (f *folder) RenameTask(ctx *simulator.Context, request *types.Rename_Task) soap.HasFault {
	return &methods.Rename_TaskBody{Res: &types.Rename_TaskResponse{
		Returnval: runTask(ctx, f.Self, "rename", func() (types.AnyType, *failure) {
			body := f.Folder.RenameTask(ctx, request).(*methods.Rename_TaskBody)
			result, failed := finish(ctx, body.Res.Returnval)
			if failed != nil {
				return nil, failed
			}
			return result, f.recorded(ctx)
		}),
	}}
}

// MoveIntoFolderTask moves folders and machines and writes the journal.
func (f *folder) MoveIntoFolderTask(ctx *simulator.Context, request *types.MoveIntoFolder_Task) soap.HasFault {
	return &methods.MoveIntoFolder_TaskBody{Res: &types.MoveIntoFolder_TaskResponse{
		Returnval: runTask(ctx, f.Self, "moveIntoFolder", func() (types.AnyType, *failure) {
			body := f.Folder.MoveIntoFolderTask(ctx, request).(*methods.MoveIntoFolder_TaskBody)
			result, failed := finish(ctx, body.Res.Returnval)
			if failed != nil {
				return nil, failed
			}
			for _, reference := range request.List {
				if m := f.site.machine(reference); m != nil {
					ctx.WithLock(m.Self, func() { failed = m.record(ctx) })
					if failed != nil {
						return nil, failed
					}
				}
			}
			return result, f.recorded(ctx)
		}),
	}}
}

func (f *folder) recorded(ctx *simulator.Context) *failure {
	if err := f.site.recordFolders(ctx); err != nil {
		return &failure{&types.RuntimeFault{}, err.Error()}
	}
	return nil
}
