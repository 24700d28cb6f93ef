package administration

import (
	"context"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"sitewright/lab/simulator/internal/config"
)

// AttachDisk adds a disk to a virtual machine, as a CSI driver does: the machine's creator is not told.
func AttachDisk(settings *config.Config, path string) error {
	return withMachine(settings, path, func(ctx context.Context, machine *object.VirtualMachine) error {
		devices, err := machine.Device(ctx)
		if err != nil {
			return err
		}
		controller, err := devices.FindDiskController("")
		if err != nil {
			return err
		}
		disk := devices.CreateDisk(controller, types.ManagedObjectReference{}, "")
		disk.CapacityInKB = attachedDiskKiB
		return machine.AddDevice(ctx, disk)
	})
}

const attachedDiskKiB = 1 << 20

// SetMemory changes the memory of a virtual machine behind its creator's back.
func SetMemory(settings *config.Config, path string, mib int64) error {
	return withMachine(settings, path, func(ctx context.Context, machine *object.VirtualMachine) error {
		task, err := machine.Reconfigure(ctx, types.VirtualMachineConfigSpec{MemoryMB: mib})
		if err != nil {
			return err
		}
		return task.Wait(ctx)
	})
}

// DeleteMachine switches a virtual machine off and deletes it with its disk, behind its creator's back.
func DeleteMachine(settings *config.Config, path string) error {
	return withMachine(settings, path, func(ctx context.Context, machine *object.VirtualMachine) error {
		state, err := machine.PowerState(ctx)
		if err != nil {
			return err
		}
		if state == types.VirtualMachinePowerStatePoweredOn {
			task, err := machine.PowerOff(ctx)
			if err != nil {
				return err
			}
			if err := task.Wait(ctx); err != nil {
				return err
			}
		}
		task, err := machine.Destroy(ctx)
		if err != nil {
			return err
		}
		return task.Wait(ctx)
	})
}

// withMachine logs in and looks a virtual machine up by its inventory path.
func withMachine(
	settings *config.Config, path string, work func(context.Context, *object.VirtualMachine) error,
) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	client, err := Connect(ctx, settings)
	if err != nil {
		return err
	}
	defer client.Logout(context.Background())
	machine, err := find.NewFinder(client.Client).VirtualMachine(ctx, path)
	if err != nil {
		return err
	}
	return work(ctx, machine)
}
