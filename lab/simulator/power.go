package main

import (
	"fmt"
	"log"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// PowerOffVMTask pulls the plug: a container is killed.
func (m *machine) PowerOffVMTask(ctx *simulator.Context, request *types.PowerOffVM_Task) soap.HasFault {
	return &methods.PowerOffVM_TaskBody{Res: &types.PowerOffVM_TaskResponse{
		Returnval: runTask(ctx, m.Self, "powerOff", func() (types.AnyType, *failure) {
			if m.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff {
				return nil, powerStateFailure(m.Name, types.VirtualMachinePowerStatePoweredOff, m.Runtime.PowerState)
			}
			return nil, m.powerOff(ctx, 0)
		}),
	}}
}

// ShutdownGuest asks the guest to stop and kills it when it does not within the configured time. As on
// a real site the call returns at once; the power state tells when it is done.
func (m *machine) ShutdownGuest(ctx *simulator.Context, request *types.ShutdownGuest) soap.HasFault {
	if m.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
		failed := powerStateFailure(m.Name, types.VirtualMachinePowerStatePoweredOn, m.Runtime.PowerState)
		return &methods.ShutdownGuestBody{Fault_: simulator.Fault(failed.message, failed.fault)}
	}
	runTask(ctx, m.Self, "shutdownGuest", func() (types.AnyType, *failure) {
		return nil, m.powerOff(ctx, m.site.config.Containers.StopTimeoutSeconds)
	})
	return &methods.ShutdownGuestBody{Res: new(types.ShutdownGuestResponse)}
}

// powerOff stops the container, which gets that many seconds before it is killed. A container that
// is gone counts as stopped.
func (m *machine) powerOff(ctx *simulator.Context, seconds int) *failure {
	if err := m.backing.stop(seconds); err != nil {
		return hostFailure(m.Name, err)
	}
	m.markOff(ctx)
	log.Printf("%s: powered off", m.Name)
	return m.record(ctx)
}

// ResetVMTask kills the container and starts it again.
func (m *machine) ResetVMTask(ctx *simulator.Context, request *types.ResetVM_Task) soap.HasFault {
	return &methods.ResetVM_TaskBody{Res: &types.ResetVM_TaskResponse{
		Returnval: runTask(ctx, m.Self, "reset", func() (types.AnyType, *failure) { return nil, m.restart(ctx, 0) }),
	}}
}

// RebootGuest stops the guest in an orderly way and starts it again.
func (m *machine) RebootGuest(ctx *simulator.Context, request *types.RebootGuest) soap.HasFault {
	if m.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
		failed := powerStateFailure(m.Name, types.VirtualMachinePowerStatePoweredOn, m.Runtime.PowerState)
		return &methods.RebootGuestBody{Fault_: simulator.Fault(failed.message, failed.fault)}
	}
	runTask(ctx, m.Self, "rebootGuest", func() (types.AnyType, *failure) {
		return nil, m.restart(ctx, m.site.config.Containers.StopTimeoutSeconds)
	})
	return &methods.RebootGuestBody{Res: new(types.RebootGuestResponse)}
}

func (m *machine) restart(ctx *simulator.Context, seconds int) *failure {
	if m.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
		return powerStateFailure(m.Name, types.VirtualMachinePowerStatePoweredOn, m.Runtime.PowerState)
	}
	if failed := m.powerOff(ctx, seconds); failed != nil {
		return failed
	}
	return m.powerOn(ctx)
}

// SuspendVMTask is refused: a paused container still holds its memory, so it would prove nothing.
func (m *machine) SuspendVMTask(ctx *simulator.Context, request *types.SuspendVM_Task) soap.HasFault {
	return &methods.SuspendVM_TaskBody{Res: &types.SuspendVM_TaskResponse{
		Returnval: runTask(ctx, m.Self, "suspend", func() (types.AnyType, *failure) { return nil, notSuspendable(m.Name) }),
	}}
}

// StandbyGuest is refused for the same reason.
func (m *machine) StandbyGuest(ctx *simulator.Context, request *types.StandbyGuest) soap.HasFault {
	failed := notSuspendable(m.Name)
	return &methods.StandbyGuestBody{Fault_: simulator.Fault(failed.message, failed.fault)}
}

func notSuspendable(name string) *failure {
	return &failure{&types.NotSupported{}, fmt.Sprintf("virtual machine %s: the container stand-in cannot be suspended", name)}
}

// DestroyTask removes the container, then the virtual machine. When the container cannot be removed
// the virtual machine stays, so that the next try finds both.
func (m *machine) DestroyTask(ctx *simulator.Context, request *types.Destroy_Task) soap.HasFault {
	return &methods.Destroy_TaskBody{Res: &types.Destroy_TaskResponse{
		Returnval: runTask(ctx, m.Self, "destroy", func() (types.AnyType, *failure) { return nil, m.destroy(ctx, request) }),
	}}
}

func (m *machine) destroy(ctx *simulator.Context, request *types.Destroy_Task) *failure {
	if failed := m.release(); failed != nil {
		return failed
	}
	body := m.VirtualMachine.DestroyTask(ctx, request).(*methods.Destroy_TaskBody)
	if _, failed := finish(ctx, body.Res.Returnval); failed != nil {
		failed.message = fmt.Sprintf("destroy %s: %s", m.Name, failed.message)
		return failed
	}
	log.Printf("%s: destroyed", m.Name)
	return m.site.forget(m)
}

// UnregisterVM takes the machine out of the inventory. Its container goes too: nothing could ever
// bring the two together again.
func (m *machine) UnregisterVM(ctx *simulator.Context, request *types.UnregisterVM) soap.HasFault {
	if failed := m.release(); failed != nil {
		return &methods.UnregisterVMBody{Fault_: simulator.Fault(failed.message, failed.fault)}
	}
	body := m.VirtualMachine.UnregisterVM(ctx, request)
	if body.Fault() == nil {
		if failed := m.site.forget(m); failed != nil {
			return &methods.UnregisterVMBody{Fault_: simulator.Fault(failed.message, failed.fault)}
		}
		log.Printf("%s: unregistered", m.Name)
	}
	return body
}

// release removes the container of a machine that is powered off.
func (m *machine) release() *failure {
	if m.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOff {
		return powerStateFailure(m.Name, types.VirtualMachinePowerStatePoweredOff, m.Runtime.PowerState)
	}
	if m.Config.Template {
		return nil
	}
	if err := m.backing.remove(); err != nil {
		return hostFailure(m.Name, err)
	}
	return nil
}
