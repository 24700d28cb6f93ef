// Package folders keeps the folders that clients make for their virtual machines.
package folders

import (
	"fmt"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"sitewright/lab/simulator/internal/authorization"
	"sitewright/lab/simulator/internal/journal"
	"sitewright/lab/simulator/internal/machines"
	"sitewright/lab/simulator/internal/tasks"
)

// Set is all folders.
type Set struct {
	service     *simulator.Service
	registry    *simulator.Registry
	journal     *journal.Journal
	permissions *authorization.Manager
	machines    *machines.Set
}

// NewSet returns the folders that a service has.
func NewSet(service *simulator.Service, records *journal.Journal, permissions *authorization.Manager, inside *machines.Set) *Set {
	return &Set{service: service, registry: service.Context.Map, journal: records, permissions: permissions, machines: inside}
}

// Wrap returns a folder of the simulator as one of the set.
func (s *Set) Wrap(plain *simulator.Folder) *Folder { return &Folder{Folder: plain, set: s} }

// Root is the datacenter's folder of virtual machines.
func Root(registry *simulator.Registry) types.ManagedObjectReference {
	return registry.Any("Datacenter").(*simulator.Datacenter).VmFolder
}

// record writes the file of folders.
func (s *Set) record(ctx *simulator.Context) error {
	records := []journal.Folder{}
	var walk func(reference types.ManagedObjectReference)
	walk = func(reference types.ManagedObjectReference) {
		parent, ok := s.registry.Get(reference).(*simulator.Folder)
		if !ok {
			return
		}
		var children []types.ManagedObjectReference
		ctx.WithLock(parent.Self, func() { children = append(children, parent.ChildEntity...) })
		for _, child := range children {
			if entity, ok := s.registry.Get(child).(*simulator.Folder); ok {
				records = append(records, journal.Folder{Object: child.Value, Parent: reference.Value, Name: entity.Name})
				walk(child)
			}
		}
	}
	walk(Root(s.registry))
	return s.journal.WriteFolders(records)
}

// Recover makes a folder again from its record. The registry hands out next the number of the record's identifier.
func (s *Set) Recover(record journal.Folder) error {
	reference := types.ManagedObjectReference{Type: "Folder", Value: record.Parent}
	parent, ok := s.registry.Get(reference).(*simulator.Folder)
	if !ok {
		return fmt.Errorf("folder %s: its parent %s does not exist", record.Name, record.Parent)
	}
	own := tasks.Context(s.service)
	var body *methods.CreateFolderBody
	own.WithLock(parent.Self, func() {
		body = parent.CreateFolder(own, &types.CreateFolder{This: reference, Name: record.Name}).(*methods.CreateFolderBody)
	})
	if body.Fault_ != nil {
		return fmt.Errorf("folder %s: %s", record.Name, body.Fault_.String)
	}
	if body.Res.Returnval.Value != record.Object {
		return fmt.Errorf("folder %s is %s now, was %s", record.Name, body.Res.Returnval.Value, record.Object)
	}
	return nil
}
