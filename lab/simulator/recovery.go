package main

import (
	"bytes"
	"fmt"
	"log"
	"sort"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

// recover rebuilds folders and virtual machines from the journal, under the identifiers they had, and
// binds each machine to its container. A container that belongs to no machine is an error: nobody
// could ever remove it through the vCenter.
func (s *site) recover() error {
	folders, machines, err := s.journal.read()
	if err != nil {
		return err
	}
	containers, err := s.listContainers()
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, record := range machines {
		known[s.config.Containers.NamePrefix+record.Name] = true
	}
	var strangers []string
	for name := range containers {
		if !known[name] {
			strangers = append(strangers, name)
		}
	}
	if len(strangers) > 0 {
		sort.Strings(strangers)
		return fmt.Errorf("the journal in %s does not know these containers of an earlier lab: %s; remove them with `make down`, then start again",
			s.journal.directory, strings.Join(strangers, ", "))
	}

	// Identifiers are handed out in ascending order, so objects come back in that order.
	type step struct {
		object string
		run    func() error
	}
	var steps []step
	for _, record := range folders {
		steps = append(steps, step{record.Object, func() error { return s.recoverFolder(record) }})
	}
	for _, record := range machines {
		if record.Untouched {
			// Whoever cloned it lost the answer with the earlier process, so it is in nobody's books.
			if err := s.dropUntouched(record); err != nil {
				return err
			}
			continue
		}
		steps = append(steps, step{record.Object, func() error { return s.recoverMachine(record) }})
	}
	sort.SliceStable(steps, func(a, b int) bool { return number(steps[a].object) < number(steps[b].object) })
	for _, step := range steps {
		if err := step.run(); err != nil {
			return fmt.Errorf("the journal in %s does not fit this vCenter (%w); its inventory was probably changed while machines existed: run `make down`, then start again",
				s.journal.directory, err)
		}
	}
	return nil
}

// dropUntouched forgets a machine whose making was cut off. It has no container yet.
func (s *site) dropUntouched(record machineRecord) error {
	config := &types.VirtualMachineConfigInfo{}
	if err := types.NewJSONDecoder(bytes.NewReader(record.Config)).Decode(config); err != nil {
		return fmt.Errorf("machine %s: %w", record.Name, err)
	}
	log.Printf("%s: its making was cut off, dropped", record.Name)
	return s.journal.removeMachine(config.Uuid)
}

// nextNumber makes the given number the next one that the registry hands out.
func (s *site) nextNumber(value int) error {
	mark := &simulator.Task{}
	mark.Self = types.ManagedObjectReference{Type: "Task", Value: fmt.Sprintf("task-%d", value-1)}
	mark.Info = types.TaskInfo{
		Key: mark.Self.Value, Task: mark.Self, Name: "Recover_Task", DescriptionId: "lab.recover",
		Entity: types.NewReference(s.machineRoot()), State: types.TaskInfoStateSuccess, Reason: &types.TaskReasonSystem{},
	}
	s.registry().Put(mark)
	return s.registry().AlignCounter()
}

func (s *site) recoverFolder(record folderRecord) error {
	if err := s.nextNumber(number(record.Object)); err != nil {
		return err
	}
	reference := types.ManagedObjectReference{Type: "Folder", Value: record.Parent}
	parent, ok := s.registry().Get(reference).(*simulator.Folder)
	if !ok {
		return fmt.Errorf("folder %s: its parent %s does not exist", record.Name, record.Parent)
	}
	own := s.context()
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

// tasksPerClone is how many tasks the simulator numbers before the clone itself: CloneVM_Task, CreateVM_Task.
const tasksPerClone = 2

func (s *site) recoverMachine(record machineRecord) error {
	template, ok := s.config.template(record.Template)
	if !ok {
		return fmt.Errorf("template %s of machine %s is not in the config", record.Template, record.Name)
	}
	saved := &types.VirtualMachineConfigInfo{}
	if err := types.NewJSONDecoder(bytes.NewReader(record.Config)).Decode(saved); err != nil {
		return fmt.Errorf("machine %s: %w", record.Name, err)
	}
	var source *machine
	for _, m := range s.machines {
		if (m.Config.Template || m.template.VirtualMachine) && m.Name == record.Template {
			source = m
		}
	}
	if err := s.nextNumber(number(record.Object) - tasksPerClone); err != nil {
		return err
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
	own := s.context()
	body := source.VirtualMachine.CloneVMTask(own, request)
	if fault := body.Fault(); fault != nil {
		return fmt.Errorf("machine %s: %s", record.Name, fault.String)
	}
	result, failed := finish(own, cloneTask(body))
	if failed != nil {
		return fmt.Errorf("machine %s: %s", record.Name, failed.message)
	}
	m := s.adopt(own, result.(types.ManagedObjectReference), template)
	if m.Self.Value != record.Object {
		return fmt.Errorf("machine %s is %s now, was %s", record.Name, m.Self.Value, record.Object)
	}
	own.WithLock(m.Self, func() {
		m.restore(saved)
		failed = m.bind(own, record.PoweredOn)
	})
	if failed != nil {
		// The machine is there, only its guest is not: an operator can look into it and power it on.
		log.Printf("%s: recovered, but powered off: %s", record.Name, failed.message)
	}
	return nil
}

// restore brings back the recorded configuration.
func (m *machine) restore(saved *types.VirtualMachineConfigInfo) {
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
func (m *machine) bind(ctx *simulator.Context, wanted bool) *failure {
	present, running, err := m.backing.state()
	if err != nil {
		return hostFailure(m.Name, err)
	}
	if !present || (!running && !wanted) {
		if wanted {
			log.Printf("%s: its container is gone, recovered as powered off", m.Name)
		}
		return m.record(ctx)
	}
	return m.powerOn(ctx)
}
