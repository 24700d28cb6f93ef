// Package recovery brings back at a start what clients had made before.
package recovery

import (
	"fmt"
	"sort"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"sitewright/lab/simulator/internal/folders"
	"sitewright/lab/simulator/internal/journal"
	"sitewright/lab/simulator/internal/machines"
)

// Recovery is what takes part in it.
type Recovery struct {
	Registry *simulator.Registry
	Journal  *journal.Journal
	Machines *machines.Set
	Folders  *folders.Set
	// NamePrefix comes before a machine's name in its container's name.
	NamePrefix string
}

// Run rebuilds folders and virtual machines from the journal, under the identifiers they had, and binds each machine to its
// container. A container that belongs to no machine is an error: it could never be removed through the vCenter.
func (r Recovery) Run() error {
	madeFolders, madeMachines, err := r.Journal.Read()
	if err != nil {
		return err
	}
	containers, err := r.Machines.Containers()
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, record := range madeMachines {
		known[r.NamePrefix+record.Name] = true
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
			r.Journal.Directory(), strings.Join(strangers, ", "))
	}

	// Identifiers are handed out in ascending order, so objects come back in that order.
	type step struct {
		object string
		tasks  int // numbered before the object itself
		run    func() error
	}
	var steps []step
	for _, record := range madeFolders {
		steps = append(steps, step{record.Object, 0, func() error { return r.Folders.Recover(record) }})
	}
	for _, record := range madeMachines {
		if record.Untouched {
			// Its client lost the answer with the earlier process, and does not know of it.
			if err := r.Machines.Drop(record); err != nil {
				return err
			}
			continue
		}
		steps = append(steps, step{record.Object, machines.TasksPerClone, func() error { return r.Machines.Recover(record) }})
	}
	sort.SliceStable(steps, func(a, b int) bool { return journal.Number(steps[a].object) < journal.Number(steps[b].object) })
	for _, step := range steps {
		err := r.nextNumber(journal.Number(step.object) - step.tasks)
		if err == nil {
			err = step.run()
		}
		if err != nil {
			return fmt.Errorf("the journal in %s does not fit this vCenter (%w); its inventory was probably changed while machines existed: run `make down`, then start again",
				r.Journal.Directory(), err)
		}
	}
	return nil
}

// nextNumber makes the given number the next one that the registry hands out.
func (r Recovery) nextNumber(value int) error {
	mark := &simulator.Task{}
	mark.Self = types.ManagedObjectReference{Type: "Task", Value: fmt.Sprintf("task-%d", value-1)}
	mark.Info = types.TaskInfo{
		Key: mark.Self.Value, Task: mark.Self, Name: "Recover_Task", DescriptionId: "lab.recover",
		Entity: types.NewReference(folders.Root(r.Registry)), State: types.TaskInfoStateSuccess, Reason: &types.TaskReasonSystem{},
	}
	r.Registry.Put(mark)
	return r.Registry.AlignCounter()
}
