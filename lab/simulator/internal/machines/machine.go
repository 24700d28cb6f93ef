package machines

import (
	"fmt"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"sitewright/lab/simulator/internal/config"
	"sitewright/lab/simulator/internal/tasks"
)

// Machine is a virtual machine of the simulator and what runs as its guest: the template itself, or a
// clone of it. It replaces the methods that have an effect outside the inventory.
type Machine struct {
	*simulator.VirtualMachine // first, because the property collector looks for the managed object there

	set      *Set
	template config.Template
	backing  backing
	view     *simulator.Registry
	// untouched is true from the clone until the first change or power on.
	untouched bool
}

func (m *Machine) containerName() string {
	return m.set.config.Containers.NamePrefix + m.Name
}

// ReconfigVMTask reconfigures and writes the journal. What only matters at creation (guestinfo, network
// card) does not reach a container that is already there.
func (m *Machine) ReconfigVMTask(ctx *simulator.Context, request *types.ReconfigVM_Task) soap.HasFault {
	return &methods.ReconfigVM_TaskBody{Res: &types.ReconfigVM_TaskResponse{
		Returnval: tasks.Run(ctx, m.Self, "reconfigure", func() (types.AnyType, *tasks.Failure) {
			before := m.containerName()
			body := m.VirtualMachine.ReconfigVMTask(ctx, request).(*methods.ReconfigVM_TaskBody)
			result, failed := tasks.Finish(ctx, body.Res.Returnval)
			if failed != nil {
				failed.Message = fmt.Sprintf("reconfigure %s: %s", m.Name, failed.Message)
				return nil, failed
			}
			if request.Spec.SwapPlacement != "" {
				m.Config.SwapPlacement = request.Spec.SwapPlacement
			}
			return result, m.changed(ctx, before)
		}),
	}}
}

// RenameTask renames the machine and its container.
func (m *Machine) RenameTask(ctx *simulator.Context, request *types.Rename_Task) soap.HasFault {
	return &methods.Rename_TaskBody{Res: &types.Rename_TaskResponse{
		Returnval: tasks.Run(ctx, m.Self, "rename", func() (types.AnyType, *tasks.Failure) {
			before := m.containerName()
			body := m.VirtualMachine.RenameTask(ctx, request).(*methods.Rename_TaskBody)
			result, failed := tasks.Finish(ctx, body.Res.Returnval)
			if failed != nil {
				return nil, failed
			}
			return result, m.changed(ctx, before)
		}),
	}}
}

// changed ends a change: the container follows the machine's name, the journal is written.
func (m *Machine) changed(ctx *simulator.Context, before string) *tasks.Failure {
	m.untouched = false
	m.reportHardware()
	if after := m.containerName(); after != before {
		if err := m.backing.rename(before); err != nil {
			return tasks.HostFailure(m.Name, err)
		}
	}
	return m.record(ctx)
}

// networkCard returns the machine's only network card and the name of the port group it is on.
func (m *Machine) networkCard() (group string, card *types.VirtualEthernetCard, err error) {
	count := 0
	for _, device := range m.Config.Hardware.Device {
		base, ok := device.(types.BaseVirtualEthernetCard)
		if !ok {
			continue
		}
		count++
		card = base.GetVirtualEthernetCard()
		if backing, ok := card.Backing.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo); ok {
			reference := types.ManagedObjectReference{Type: "DistributedVirtualPortgroup", Value: backing.Port.PortgroupKey}
			if portGroup, ok := m.set.registry().Get(reference).(*simulator.DistributedVirtualPortgroup); ok {
				group = portGroup.Name
			}
		}
	}
	if count != 1 {
		return "", nil, fmt.Errorf("the container stand-in takes exactly one network card, not %d", count)
	}
	return group, card, nil
}
