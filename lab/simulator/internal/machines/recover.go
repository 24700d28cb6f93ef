package machines

import (
	"bytes"
	"fmt"
	"log"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"sitewright/lab/simulator/internal/journal"
	"sitewright/lab/simulator/internal/tasks"
)

// Drop forgets a machine whose making was cut off. It has no container yet.
func (s *Set) Drop(record journal.Machine) error {
	saved := &types.VirtualMachineConfigInfo{}
	if err := types.NewJSONDecoder(bytes.NewReader(record.Config)).Decode(saved); err != nil {
		return fmt.Errorf("machine %s: %w", record.Name, err)
	}
	log.Printf("%s: its making was cut off, dropped", record.Name)
	return s.journal.RemoveMachine(saved.Uuid)
}

// TasksPerClone is how many tasks the simulator numbers before the clone itself: CloneVM_Task, CreateVM_Task.
const TasksPerClone = 2

// Recover makes a machine again from its record, and binds it to its container. The registry hands out next the number of the
// record's identifier, less TasksPerClone.
func (s *Set) Recover(record journal.Machine) error {
	template, ok := s.config.Template(record.Template)
	if !ok {
		return fmt.Errorf("template %s of machine %s is not in the config", record.Template, record.Name)
	}
	saved := &types.VirtualMachineConfigInfo{}
	if err := types.NewJSONDecoder(bytes.NewReader(record.Config)).Decode(saved); err != nil {
		return fmt.Errorf("machine %s: %w", record.Name, err)
	}
	var source *Machine
	for _, m := range s.machines {
		if (m.Config.Template || m.template.VirtualMachine) && m.Name == record.Template {
			source = m
		}
	}
	request := &types.CloneVM_Task{
		This:   source.Self,
		Folder: types.ManagedObjectReference{Type: "Folder", Value: record.Parent},
		Name:   record.Name,
	}
	request.Spec.Location.Pool = &types.ManagedObjectReference{Type: "ResourcePool", Value: record.ResourcePool}
	request.Spec.Location.Host = &types.ManagedObjectReference{Type: "HostSystem", Value: record.Host}
	request.Spec.Config = &types.VirtualMachineConfigSpec{Uuid: saved.Uuid, InstanceUuid: saved.InstanceUuid}
	var home object.DatastorePath
	home.FromString(saved.Files.VmPathName)
	for _, entity := range s.registry().All("Datastore") {
		if entity.Entity().Name == home.Datastore {
			request.Spec.Location.Datastore = types.NewReference(entity.Reference())
		}
	}
	own := tasks.Context(s.service)
	body := source.VirtualMachine.CloneVMTask(own, request)
	if fault := body.Fault(); fault != nil {
		return fmt.Errorf("machine %s: %s", record.Name, fault.String)
	}
	result, failed := tasks.Finish(own, body.(*methods.CloneVM_TaskBody).Res.Returnval)
	if failed != nil {
		return fmt.Errorf("machine %s: %s", record.Name, failed.Message)
	}
	m := s.Adopt(own, result.(types.ManagedObjectReference), template)
	if m.Self.Value != record.Object {
		return fmt.Errorf("machine %s is %s now, was %s", record.Name, m.Self.Value, record.Object)
	}
	own.WithLock(m.Self, func() {
		m.restore(saved)
		failed = m.bind(own, record.PoweredOn)
	})
	if failed != nil {
		// The machine is there, only its guest is not: an operator can look into it and power it on.
		log.Printf("%s: recovered, but powered off: %s", record.Name, failed.Message)
	}
	return nil
}

// restore brings back the recorded configuration.
func (m *Machine) restore(saved *types.VirtualMachineConfigInfo) {
	m.Config = saved
	m.reportHardware()
	m.Summary.Config.NumCpu = saved.Hardware.NumCPU
	m.Summary.Config.MemorySizeMB = saved.Hardware.MemoryMB
	m.Summary.Config.Annotation = saved.Annotation
	m.Summary.Config.GuestId = saved.GuestId
	m.Summary.Config.VmPathName = saved.Files.VmPathName
	m.Network = nil
	for _, device := range saved.Hardware.Device {
		if base, ok := device.(types.BaseVirtualEthernetCard); ok {
			if backing, ok := base.GetVirtualEthernetCard().Backing.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo); ok {
				m.Network = append(m.Network, types.ManagedObjectReference{Type: "DistributedVirtualPortgroup", Value: backing.Port.PortgroupKey})
			}
		}
	}
}

// bind puts a recovered machine in step with its container: running is powered on; a container that
// stopped while its machine should run, as after a restart of docker, is started again.
func (m *Machine) bind(ctx *simulator.Context, wanted bool) *tasks.Failure {
	present, running, err := m.backing.state()
	if err != nil {
		return tasks.HostFailure(m.Name, err)
	}
	if !present || (!running && !wanted) {
		if wanted {
			log.Printf("%s: its container is gone, recovered as powered off", m.Name)
		}
		return m.record(ctx)
	}
	return m.powerOn(ctx)
}
