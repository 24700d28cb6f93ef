package main

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// failure is a fault together with the sentence a client shows. The simulator's own tasks show the
// fault's Go type instead of a sentence, so the lab runs its operations in tasks of its own.
type failure struct {
	fault   types.BaseMethodFault
	message string
}

// hostFailure is what a real vCenter reports when a host could not do what was asked.
func hostFailure(name string, err error) *failure {
	message := fmt.Sprintf("virtual machine %s: %s", name, err)
	return &failure{&types.GenericVmConfigFault{Reason: message}, message}
}

// powerStateFailure is the fault for an operation that the current power state does not allow.
func powerStateFailure(name string, requested, existing types.VirtualMachinePowerState) *failure {
	return &failure{
		&types.InvalidPowerState{RequestedState: requested, ExistingState: existing},
		fmt.Sprintf("virtual machine %s: the attempted operation cannot be performed in the current state (%s)", name, existing),
	}
}

// runTask starts work as a vCenter task on an entity and returns the task's reference. The entity's
// lock is taken before this returns and held until the work ends, as the simulator's own tasks do.
func runTask(ctx *simulator.Context, entity types.ManagedObjectReference, name string, work func() (types.AnyType, *failure)) types.ManagedObjectReference {
	return runTaskAfter(ctx, 0, entity, name, work)
}

// runTaskAfter is runTask with a time that passes first, without the entity's lock.
func runTaskAfter(ctx *simulator.Context, wait time.Duration, entity types.ManagedObjectReference, name string, work func() (types.AnyType, *failure)) types.ManagedObjectReference {
	task := &simulator.Task{}
	task.Info = types.TaskInfo{
		Name:          strings.ToUpper(name[:1]) + name[1:] + "_Task",
		DescriptionId: entity.Type + "." + name,
		Entity:        &entity,
		EntityName:    entity.Value,
		State:         types.TaskInfoStateRunning,
		QueueTime:     time.Now(),
		StartTime:     types.NewTime(time.Now()),
		Reason:        &types.TaskReasonUser{UserName: userName(ctx)},
	}
	ctx.Map.Put(task)
	reference := task.Self
	ctx.Map.AtomicUpdate(ctx, task, []types.PropertyChange{
		{Name: "info.key", Val: reference.Value},
		{Name: "info.task", Val: reference},
	})
	lock := func() func() { return ctx.Map.AcquireLock(ctx, entity) }
	if wait == 0 {
		unlock := lock()
		lock = func() func() { return unlock }
	}
	go func() {
		time.Sleep(wait)
		unlock := lock()
		result, failed := work()
		unlock()
		changes := []types.PropertyChange{
			{Name: "info.completeTime", Val: time.Now()},
			{Name: "info.state", Val: types.TaskInfoStateSuccess},
			{Name: "info.result", Val: result},
		}
		if failed != nil {
			changes[1].Val = types.TaskInfoStateError
			changes[2] = types.PropertyChange{Name: "info.error", Val: types.LocalizedMethodFault{
				Fault: failed.fault, LocalizedMessage: failed.message,
			}}
		}
		ctx.Map.AtomicUpdate(ctx, task, changes)
	}()
	return reference
}

func userName(ctx *simulator.Context) string {
	if ctx.Session == nil {
		return ""
	}
	return ctx.Session.UserName
}

// finish waits for one of the simulator's own tasks and returns its result or what went wrong.
func finish(ctx *simulator.Context, reference types.ManagedObjectReference) (types.AnyType, *failure) {
	task := ctx.Map.Get(reference).(*simulator.Task)
	task.Wait()
	if task.Info.Error == nil {
		return task.Info.Result, nil
	}
	fault := task.Info.Error.Fault
	return nil, &failure{fault, sentence(fault)}
}

// sentence words a fault of the simulator for people.
func sentence(fault types.BaseMethodFault) string {
	switch fault := fault.(type) {
	case *types.DuplicateName:
		return fmt.Sprintf("the name '%s' already exists", fault.Name)
	case *types.InvalidArgument:
		return "a specified parameter was not correct: " + fault.InvalidProperty
	case *types.InvalidPowerState:
		return fmt.Sprintf("the attempted operation cannot be performed in the current state (%s)", fault.ExistingState)
	case *types.ManagedObjectNotFound:
		return fmt.Sprintf("the object %s is not there any more", fault.Obj)
	}
	text := reflect.TypeOf(fault).Elem().Name()
	if cause := fault.GetMethodFault().FaultCause; cause != nil && cause.LocalizedMessage != "" {
		text += ": " + cause.LocalizedMessage
	}
	return text
}
