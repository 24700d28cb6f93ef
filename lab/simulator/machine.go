package main

import (
	"fmt"
	"log"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// machine is a virtual machine of the simulator and what runs as its guest: the template itself, or a
// clone of it. It replaces the methods that have an effect outside the inventory.
type machine struct {
	*simulator.VirtualMachine // first, because the property collector looks for the managed object there

	site     *site
	template Template
	backing  backing
	view     *simulator.Registry
	// untouched is true from the clone until the first change or power on.
	untouched bool
}

func (m *machine) containerName() string {
	return m.site.config.Containers.NamePrefix + m.Name
}

// CloneVMTask clones, and powers the clone on when that was asked for. A clone that cannot be
// powered on is removed again. The configured time of a clone passes first, for clones of one template side by side.
func (m *machine) CloneVMTask(ctx *simulator.Context, request *types.CloneVM_Task) soap.HasFault {
	powerOn := request.Spec.PowerOn && !request.Spec.Template
	plain := *request
	plain.Spec.PowerOn = false
	// The simulator derives both from the name, so a machine made again would seem to be the one before.
	config := types.VirtualMachineConfigSpec{}
	if request.Spec.Config != nil {
		config = *request.Spec.Config
	}
	orDefault(&config.Uuid, uuid.NewString())
	orDefault(&config.InstanceUuid, uuid.NewString())
	plain.Spec.Config = &config
	return &methods.CloneVM_TaskBody{Res: &types.CloneVM_TaskResponse{
		Returnval: runTaskAfter(ctx, m.site.troubles().cloneTime(), m.Self, "clone", func() (types.AnyType, *failure) {
			body := m.VirtualMachine.CloneVMTask(ctx, &plain).(*methods.CloneVM_TaskBody)
			if body.Fault_ != nil {
				return nil, &failure{body.Fault_.VimFault().(types.BaseMethodFault), body.Fault_.String}
			}
			result, failed := finish(ctx, body.Res.Returnval)
			if failed != nil {
				failed.message = fmt.Sprintf("clone %s to %s: %s", m.Name, request.Name, failed.message)
				return nil, failed
			}
			clone := m.site.adopt(ctx, result.(types.ManagedObjectReference), m.template)
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
func (m *machine) settle() {
	if m.Config.SwapPlacement == "" {
		m.Config.SwapPlacement = string(types.VirtualMachineConfigInfoSwapPlacementTypeInherit)
	}
	m.reportHardware()
}

// ReconfigVMTask reconfigures and writes the journal. What only matters at creation (guestinfo, network
// card) does not reach a container that is already there.
func (m *machine) ReconfigVMTask(ctx *simulator.Context, request *types.ReconfigVM_Task) soap.HasFault {
	return &methods.ReconfigVM_TaskBody{Res: &types.ReconfigVM_TaskResponse{
		Returnval: runTask(ctx, m.Self, "reconfigure", func() (types.AnyType, *failure) {
			before := m.containerName()
			body := m.VirtualMachine.ReconfigVMTask(ctx, request).(*methods.ReconfigVM_TaskBody)
			result, failed := finish(ctx, body.Res.Returnval)
			if failed != nil {
				failed.message = fmt.Sprintf("reconfigure %s: %s", m.Name, failed.message)
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
func (m *machine) RenameTask(ctx *simulator.Context, request *types.Rename_Task) soap.HasFault {
	return &methods.Rename_TaskBody{Res: &types.Rename_TaskResponse{
		Returnval: runTask(ctx, m.Self, "rename", func() (types.AnyType, *failure) {
			before := m.containerName()
			body := m.VirtualMachine.RenameTask(ctx, request).(*methods.Rename_TaskBody)
			result, failed := finish(ctx, body.Res.Returnval)
			if failed != nil {
				return nil, failed
			}
			return result, m.changed(ctx, before)
		}),
	}}
}

// changed ends a change: the container follows the machine's name, the journal is written.
func (m *machine) changed(ctx *simulator.Context, before string) *failure {
	m.untouched = false
	m.reportHardware()
	if after := m.containerName(); after != before {
		if err := m.backing.rename(before); err != nil {
			return hostFailure(m.Name, err)
		}
	}
	return m.record(ctx)
}

// PowerOnVMTask starts what runs as the guest.
func (m *machine) PowerOnVMTask(ctx *simulator.Context, request *types.PowerOnVM_Task) soap.HasFault {
	return &methods.PowerOnVM_TaskBody{Res: &types.PowerOnVM_TaskResponse{
		Returnval: runTask(ctx, m.Self, "powerOn", func() (types.AnyType, *failure) {
			return nil, m.powerOn(ctx)
		}),
	}}
}

func (m *machine) powerOn(ctx *simulator.Context) *failure {
	if m.Config.Template {
		return &failure{&types.InvalidState{}, fmt.Sprintf("template %s cannot be powered on", m.Name)}
	}
	if m.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn {
		return powerStateFailure(m.Name, types.VirtualMachinePowerStatePoweredOn, m.Runtime.PowerState)
	}
	card, err := m.backing.start()
	if err != nil {
		log.Printf("%s: power on failed: %s", m.Name, err)
		return hostFailure(m.Name, err)
	}
	body := m.VirtualMachine.PowerOnVMTask(ctx, &types.PowerOnVM_Task{This: m.Self}).(*methods.PowerOnVM_TaskBody)
	if _, failed := finish(ctx, body.Res.Returnval); failed != nil {
		_ = m.backing.remove()
		return failed
	}
	m.reportGuest(ctx, card)
	m.untouched = false
	log.Printf("%s: powered on, address %s", m.Name, card.Address)
	return m.record(ctx)
}

// networkCard returns the machine's only network card and the name of the port group it is on.
func (m *machine) networkCard() (group string, card *types.VirtualEthernetCard, err error) {
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
			if portGroup, ok := m.site.registry().Get(reference).(*simulator.DistributedVirtualPortgroup); ok {
				group = portGroup.Name
			}
		}
	}
	if count != 1 {
		return "", nil, fmt.Errorf("the container stand-in takes exactly one network card, not %d", count)
	}
	return group, card, nil
}

// cloneTask is the task's reference in the answer of the simulator's CloneVM_Task.
func cloneTask(answer soap.HasFault) types.ManagedObjectReference {
	return answer.(*methods.CloneVM_TaskBody).Res.Returnval
}
