package administration

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"sort"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/view"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"sitewright/lab/simulator/internal/config"
)

// Inventory is what `vcenter inventory` prints: what clients have made. Templates and the
// folders that every datacenter has are left out.
type Inventory struct {
	Folders         []string  `json:"folders"`
	VirtualMachines []Machine `json:"virtualMachines"`
}

// Machine is a virtual machine in it.
type Machine struct {
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

// PrintInventory writes the inventory as JSON.
func PrintInventory(settings *config.Config, output io.Writer) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	client, err := Connect(ctx, settings)
	if err != nil {
		return err
	}
	defer client.Logout(context.Background())
	report, err := ReadInventory(ctx, client.Client, settings)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(output)
	encoder.SetIndent("", "  ")
	return encoder.Encode(report)
}

// ReadInventory asks a client for the inventory.
func ReadInventory(ctx context.Context, client *vim25.Client, settings *config.Config) (*Inventory, error) {
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
	report := &Inventory{Folders: []string{}, VirtualMachines: []Machine{}}
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
		if _, ok := settings.Template(m.Name); ok {
			continue
		}
		entry := Machine{
			Name: m.Name, Path: paths[m.Self], Object: m.Self.Value, UUID: m.Config.Uuid,
			PowerState: string(m.Runtime.PowerState), Address: m.Guest.IpAddress,
			CPUs: m.Config.Hardware.NumCPU, MemoryMiB: m.Config.Hardware.MemoryMB,
			Disks: diskPaths(m.Config.Hardware.Device),
		}
		if settings.HasContainers() {
			entry.Container = settings.Containers.NamePrefix + m.Name
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
