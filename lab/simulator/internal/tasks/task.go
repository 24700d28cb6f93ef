// Package tasks runs work as tasks of the vCenter, which tell a client in a sentence what went wrong.
package tasks

import (
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// Context returns a fresh context of a service, and with it a fresh owner of object locks, for work that no client asked for.
func Context(service *simulator.Service) *simulator.Context {
	own := *service.Context
	return &own
}

// Run starts work as a vCenter task on an entity and returns the task's reference. The entity's
// lock is taken before this returns and held until the work ends, as the simulator's own tasks do.
func Run(ctx *simulator.Context, entity types.ManagedObjectReference, name string, work func() (types.AnyType, *Failure)) types.ManagedObjectReference {
	return RunAfter(ctx, 0, entity, name, work)
}

// RunAfter is Run with a time that passes first, without the entity's lock.
func RunAfter(ctx *simulator.Context, wait time.Duration, entity types.ManagedObjectReference, name string, work func() (types.AnyType, *Failure)) types.ManagedObjectReference {
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
				Fault: failed.Fault, LocalizedMessage: failed.Message,
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

// Finish waits for one of the simulator's own tasks and returns its result or what went wrong.
func Finish(ctx *simulator.Context, reference types.ManagedObjectReference) (types.AnyType, *Failure) {
	task := ctx.Map.Get(reference).(*simulator.Task)
	task.Wait()
	if task.Info.Error == nil {
		return task.Info.Result, nil
	}
	fault := task.Info.Error.Fault
	return nil, &Failure{fault, sentence(fault)}
}
