package machines

import (
	"cmp"
	"fmt"
	"log"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"sitewright/lab/simulator/internal/tasks"
)

// CloneVMTask clones, and powers the clone on when that was asked for. A clone that cannot be
// powered on is removed again. The configured time of a clone passes first, for clones of one template side by side.
func (m *Machine) CloneVMTask(ctx *simulator.Context, request *types.CloneVM_Task) soap.HasFault {
	powerOn := request.Spec.PowerOn && !request.Spec.Template
	plain := *request
	plain.Spec.PowerOn = false
	// The simulator derives both from the name, so a machine made again would seem to be the one before.
	spec := types.VirtualMachineConfigSpec{}
	if request.Spec.Config != nil {
		spec = *request.Spec.Config
	}
	spec.Uuid = cmp.Or(spec.Uuid, uuid.NewString())
	spec.InstanceUuid = cmp.Or(spec.InstanceUuid, uuid.NewString())
	plain.Spec.Config = &spec
	return &methods.CloneVM_TaskBody{Res: &types.CloneVM_TaskResponse{
		Returnval: tasks.RunAfter(ctx, m.set.faults.CloneTime(), m.Self, "clone", func() (types.AnyType, *tasks.Failure) {
			body := m.VirtualMachine.CloneVMTask(ctx, &plain).(*methods.CloneVM_TaskBody)
			if body.Fault_ != nil {
				return nil, tasks.Fail(body.Fault_.VimFault().(types.BaseMethodFault), body.Fault_.String)
			}
			result, failed := tasks.Finish(ctx, body.Res.Returnval)
			if failed != nil {
				failed.Message = fmt.Sprintf("clone %s to %s: %s", m.Name, request.Name, failed.Message)
				return nil, failed
			}
			clone := m.set.Adopt(ctx, result.(types.ManagedObjectReference), m.template)
			ctx.WithLock(clone.Self, func() {
				clone.settle()
				clone.untouched = true
				failed = clone.record(ctx)
				if failed == nil && powerOn {
					failed = clone.powerOn(ctx)
				}
				if failed != nil {
					clone.destroy(ctx, &types.Destroy_Task{This: clone.Self})
				}
			})
			if failed != nil {
				return nil, failed
			}
			log.Printf("%s: cloned from %s", clone.Name, m.Name)
			return result, nil
		}),
	}}
}

// settle fills in what a real vCenter fills in and the simulator leaves empty: it would be shown as
// a change by every comparison of the wanted with the actual state.
func (m *Machine) settle() {
	if m.Config.SwapPlacement == "" {
		m.Config.SwapPlacement = string(types.VirtualMachineConfigInfoSwapPlacementTypeInherit)
	}
	m.reportHardware()
}
