package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"sort"
	"time"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/session"
	"github.com/vmware/govmomi/view"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// inventoryTimeout bounds the whole look at the inventory.
const inventoryTimeout = 30 * time.Second

// inventoryReport is what `vcenter inventory` prints: what clients have made. Templates and the
// folders that every datacenter has are left out.
type inventoryReport struct {
	Folders         []string        `json:"folders"`
	VirtualMachines []machineReport `json:"virtualMachines"`
}

type machineReport struct {
	Name       string `json:"name"`
	Path       string `json:"path"`
	Object     string `json:"object"`
	UUID       string `json:"uuid"`
	PowerState string `json:"powerState"`
	Address    string `json:"address"`
	PortGroup  string `json:"portGroup"`
	CPUs       int32  `json:"cpus"`
	MemoryMiB  int32  `json:"memoryMiB"`
	Container  string `json:"container,omitempty"`
	// Disks are the paths of its disks, as in [ssd] name/name.vmdk.
	Disks []string `json:"disks"`
}

// connect logs in to the running vCenter as any client does, certificate check included.
func connect(ctx context.Context, config *Config) (*govmomi.Client, error) {
	password, err := config.Password()
	if err != nil {
		return nil, err
	}
	address := &url.URL{Scheme: "https", Host: config.Listen, Path: vim25.Path}
	transport := soap.NewClient(address, false)
	if err := transport.SetRootCAs(config.CertificateAuthority); err != nil {
		return nil, fmt.Errorf("certificate authority: %w", err)
	}
	client, err := vim25.NewClient(ctx, transport)
	if err != nil {
		return nil, fmt.Errorf("no vCenter answers on %s: %w", config.Listen, err)
	}
	manager := session.NewManager(client)
	if err := manager.Login(ctx, url.UserPassword(config.User, password)); err != nil {
		return nil, fmt.Errorf("login of %s on %s: %w", config.User, config.Listen, err)
	}
	return &govmomi.Client{Client: client, SessionManager: manager}, nil
}

func printInventory(config *Config, output io.Writer) error {
	ctx, cancel := context.WithTimeout(context.Background(), inventoryTimeout)
	defer cancel()
	client, err := connect(ctx, config)
	if err != nil {
		return err
	}
	defer client.Logout(context.Background())
	report, err := readInventory(ctx, client.Client, config)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(output)
	encoder.SetIndent("", "  ")
	return encoder.Encode(report)
}

func readInventory(ctx context.Context, client *vim25.Client, config *Config) (*inventoryReport, error) {
	var entities []mo.ManagedEntity
	var machines []mo.VirtualMachine
	container, err := view.NewManager(client).CreateContainerView(ctx, client.ServiceContent.RootFolder, nil, true)
	if err != nil {
		return nil, err
	}
	defer container.Destroy(context.Background())
	err = errors.Join(
		container.Retrieve(ctx, []string{"Folder", "Datacenter", "VirtualMachine"}, []string{"name", "parent"}, &entities),
		container.Retrieve(ctx, []string{"VirtualMachine"}, []string{"name", "config", "guest", "runtime"}, &machines),
	)
	if err != nil {
		return nil, err
	}
	parents := map[types.ManagedObjectReference]mo.ManagedEntity{}
	for _, entity := range entities {
		parents[entity.Self] = entity
	}
	paths := map[types.ManagedObjectReference]string{}
	report := &inventoryReport{Folders: []string{}, VirtualMachines: []machineReport{}}
	for _, entity := range entities {
		text, depth := "", 0
		for current, ok := entity, true; ok && current.Parent != nil; current, ok = parents[*current.Parent] {
			text = "/" + current.Name + text
			depth++
		}
		paths[entity.Self] = text
		// Depth 1 is the datacenter, 2 are the folders that every datacenter has.
		if entity.Self.Type == "Folder" && depth > 2 {
			report.Folders = append(report.Folders, text)
		}
	}
	sort.Strings(report.Folders)
	for _, m := range machines {
		if m.Config == nil || m.Config.Template {
			continue
		}
		if _, ok := config.template(m.Name); ok {
			continue
		}
		entry := machineReport{
			Name: m.Name, Path: paths[m.Self], Object: m.Self.Value, UUID: m.Config.Uuid,
			PowerState: string(m.Runtime.PowerState), Address: m.Guest.IpAddress,
			CPUs: m.Config.Hardware.NumCPU, MemoryMiB: m.Config.Hardware.MemoryMB,
			Disks: diskPaths(m.Config.Hardware.Device),
		}
		if config.hasContainers() {
			entry.Container = config.Containers.NamePrefix + m.Name
		}
		for _, card := range m.Guest.Net {
			entry.PortGroup = card.Network
		}
		report.VirtualMachines = append(report.VirtualMachines, entry)
	}
	sort.Slice(report.VirtualMachines, func(a, b int) bool {
		return report.VirtualMachines[a].Path < report.VirtualMachines[b].Path
	})
	return report, nil
}

// diskPaths lists the files of the disks among devices.
func diskPaths(devices object.VirtualDeviceList) []string {
	paths := []string{}
	for _, device := range devices.SelectByType((*types.VirtualDisk)(nil)) {
		if backing, ok := device.GetVirtualDevice().Backing.(types.BaseVirtualDeviceFileBackingInfo); ok {
			paths = append(paths, backing.GetVirtualDeviceFileBackingInfo().FileName)
		}
	}
	return paths
}

// attachDisk adds a disk to a virtual machine, as a CSI driver does: nobody else is told.
func attachDisk(config *Config, path string) error {
	return withMachine(config, path, func(ctx context.Context, machine *object.VirtualMachine) error {
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

// setMemory changes the memory of a virtual machine behind the back of whoever made it.
func setMemory(config *Config, path string, mib int64) error {
	return withMachine(config, path, func(ctx context.Context, machine *object.VirtualMachine) error {
		task, err := machine.Reconfigure(ctx, types.VirtualMachineConfigSpec{MemoryMB: mib})
		if err != nil {
			return err
		}
		return task.Wait(ctx)
	})
}

// withMachine logs in and looks a virtual machine up by its inventory path.
func withMachine(
	config *Config, path string, work func(context.Context, *object.VirtualMachine) error,
) error {
	ctx, cancel := context.WithTimeout(context.Background(), inventoryTimeout)
	defer cancel()
	client, err := connect(ctx, config)
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
