package machines

import (
	"fmt"
	"log"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"sitewright/lab/simulator/internal/tasks"
)

// PowerOnVMTask starts what runs as the guest.
func (m *Machine) PowerOnVMTask(ctx *simulator.Context, request *types.PowerOnVM_Task) soap.HasFault {
	return &methods.PowerOnVM_TaskBody{Res: &types.PowerOnVM_TaskResponse{
		Returnval: tasks.Run(ctx, m.Self, "powerOn", func() (types.AnyType, *tasks.Failure) {
			return nil, m.powerOn(ctx)
		}),
	}}
}

func (m *Machine) powerOn(ctx *simulator.Context) *tasks.Failure {
	if m.Config.Template {
		return tasks.Fail(&types.InvalidState{}, fmt.Sprintf("template %s cannot be powered on", m.Name))
	}
	if m.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn {
		return tasks.PowerStateFailure(m.Name, types.VirtualMachinePowerStatePoweredOn, m.Runtime.PowerState)
	}
	card, err := m.backing.start()
	if err != nil {
		log.Printf("%s: power on failed: %s", m.Name, err)
		return tasks.HostFailure(m.Name, err)
	}
	body := m.VirtualMachine.PowerOnVMTask(ctx, &types.PowerOnVM_Task{This: m.Self}).(*methods.PowerOnVM_TaskBody)
	if _, failed := tasks.Finish(ctx, body.Res.Returnval); failed != nil {
		_ = m.backing.remove()
		return failed
	}
	m.reportGuest(ctx, card)
	m.untouched = false
	log.Printf("%s: powered on, address %s", m.Name, card.Address)
	return m.record(ctx)
}

// PowerOffVMTask pulls the plug: a container is killed.
func (m *Machine) PowerOffVMTask(ctx *simulator.Context, request *types.PowerOffVM_Task) soap.HasFault {
	return &methods.PowerOffVM_TaskBody{Res: &types.PowerOffVM_TaskResponse{
		Returnval: tasks.Run(ctx, m.Self, "powerOff", func() (types.AnyType, *tasks.Failure) {
			if m.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff {
				return nil, tasks.PowerStateFailure(m.Name, types.VirtualMachinePowerStatePoweredOff, m.Runtime.PowerState)
			}
			return nil, m.powerOff(ctx, 0)
		}),
	}}
}

// ShutdownGuest asks the guest to stop and kills it when it does not within the configured time. As on
// a real site the call returns at once; the power state tells when it is done.
func (m *Machine) ShutdownGuest(ctx *simulator.Context, request *types.ShutdownGuest) soap.HasFault {
	if m.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
		failed := tasks.PowerStateFailure(m.Name, types.VirtualMachinePowerStatePoweredOn, m.Runtime.PowerState)
		return &methods.ShutdownGuestBody{Fault_: failed.SOAP()}
	}
	tasks.Run(ctx, m.Self, "shutdownGuest", func() (types.AnyType, *tasks.Failure) {
		return nil, m.powerOff(ctx, m.set.config.Containers.StopTimeoutSeconds)
	})
	return &methods.ShutdownGuestBody{Res: new(types.ShutdownGuestResponse)}
}

// powerOff stops the container, which gets that many seconds before it is killed. A container that
// is gone counts as stopped.
func (m *Machine) powerOff(ctx *simulator.Context, seconds int) *tasks.Failure {
	if err := m.backing.stop(seconds); err != nil {
		return tasks.HostFailure(m.Name, err)
	}
	m.markOff(ctx)
	log.Printf("%s: powered off", m.Name)
	return m.record(ctx)
}

// ResetVMTask kills the container and starts it again.
func (m *Machine) ResetVMTask(ctx *simulator.Context, request *types.ResetVM_Task) soap.HasFault {
	return &methods.ResetVM_TaskBody{Res: &types.ResetVM_TaskResponse{
		Returnval: tasks.Run(ctx, m.Self, "reset", func() (types.AnyType, *tasks.Failure) { return nil, m.restart(ctx, 0) }),
	}}
}

// RebootGuest stops the guest in an orderly way and starts it again.
func (m *Machine) RebootGuest(ctx *simulator.Context, request *types.RebootGuest) soap.HasFault {
	if m.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
		failed := tasks.PowerStateFailure(m.Name, types.VirtualMachinePowerStatePoweredOn, m.Runtime.PowerState)
		return &methods.RebootGuestBody{Fault_: failed.SOAP()}
	}
	tasks.Run(ctx, m.Self, "rebootGuest", func() (types.AnyType, *tasks.Failure) {
		return nil, m.restart(ctx, m.set.config.Containers.StopTimeoutSeconds)
	})
	return &methods.RebootGuestBody{Res: new(types.RebootGuestResponse)}
}

func (m *Machine) restart(ctx *simulator.Context, seconds int) *tasks.Failure {
	if m.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
		return tasks.PowerStateFailure(m.Name, types.VirtualMachinePowerStatePoweredOn, m.Runtime.PowerState)
	}
	if failed := m.powerOff(ctx, seconds); failed != nil {
		return failed
	}
	return m.powerOn(ctx)
}

// SuspendVMTask is refused: a paused container still holds its memory, so it would prove nothing.
func (m *Machine) SuspendVMTask(ctx *simulator.Context, request *types.SuspendVM_Task) soap.HasFault {
	return &methods.SuspendVM_TaskBody{Res: &types.SuspendVM_TaskResponse{
		Returnval: tasks.Run(ctx, m.Self, "suspend", func() (types.AnyType, *tasks.Failure) { return nil, notSuspendable(m.Name) }),
	}}
}

// StandbyGuest is refused for the same reason.
func (m *Machine) StandbyGuest(ctx *simulator.Context, request *types.StandbyGuest) soap.HasFault {
	failed := notSuspendable(m.Name)
	return &methods.StandbyGuestBody{Fault_: failed.SOAP()}
}

func notSuspendable(name string) *tasks.Failure {
	return tasks.Fail(&types.NotSupported{}, fmt.Sprintf("virtual machine %s: the container stand-in cannot be suspended", name))
}

// DestroyTask removes the container, then the virtual machine. When the container cannot be removed
// the virtual machine stays, so that the next try finds both.
func (m *Machine) DestroyTask(ctx *simulator.Context, request *types.Destroy_Task) soap.HasFault {
	return &methods.Destroy_TaskBody{Res: &types.Destroy_TaskResponse{
		Returnval: tasks.Run(ctx, m.Self, "destroy", func() (types.AnyType, *tasks.Failure) { return nil, m.destroy(ctx, request) }),
	}}
}

func (m *Machine) destroy(ctx *simulator.Context, request *types.Destroy_Task) *tasks.Failure {
	if failed := m.release(); failed != nil {
		return failed
	}
	body := m.VirtualMachine.DestroyTask(ctx, request).(*methods.Destroy_TaskBody)
	if _, failed := tasks.Finish(ctx, body.Res.Returnval); failed != nil {
		failed.Message = fmt.Sprintf("destroy %s: %s", m.Name, failed.Message)
		return failed
	}
	log.Printf("%s: destroyed", m.Name)
	return m.set.forget(m)
}

// UnregisterVM takes the machine out of the inventory. Its container goes too: nothing could ever
// bring the two together again.
func (m *Machine) UnregisterVM(ctx *simulator.Context, request *types.UnregisterVM) soap.HasFault {
	if failed := m.release(); failed != nil {
		return &methods.UnregisterVMBody{Fault_: failed.SOAP()}
	}
	body := m.VirtualMachine.UnregisterVM(ctx, request)
	if body.Fault() == nil {
		if failed := m.set.forget(m); failed != nil {
			return &methods.UnregisterVMBody{Fault_: failed.SOAP()}
		}
		log.Printf("%s: unregistered", m.Name)
	}
	return body
}

// release removes the container of a machine that is powered off.
func (m *Machine) release() *tasks.Failure {
	if m.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOff {
		return tasks.PowerStateFailure(m.Name, types.VirtualMachinePowerStatePoweredOff, m.Runtime.PowerState)
	}
	if m.Config.Template {
		return nil
	}
	if err := m.backing.remove(); err != nil {
		return tasks.HostFailure(m.Name, err)
	}
	return nil
}
