// Package inventory makes what a site has before the first virtual machine is created.
package inventory

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/types"

	"sitewright/lab/simulator/internal/config"
)

// Build creates everything that the config names, and nothing else, in a fixed order, so
// that object identifiers are the same after every start. client is the in-process client.
func Build(ctx context.Context, client *vim25.Client, registry *simulator.Registry, settings *config.Config) error {
	inventory := settings.Inventory
	root := object.NewRootFolder(client)
	datacenter, err := root.CreateDatacenter(ctx, inventory.Datacenter)
	if err != nil {
		return fmt.Errorf("datacenter %s: %w", inventory.Datacenter, err)
	}
	folders, err := datacenter.Folders(ctx)
	if err != nil {
		return err
	}
	distributedSwitch, err := createSwitch(ctx, client, folders, inventory)
	if err != nil {
		return err
	}
	pool, hosts, err := createCluster(ctx, folders, distributedSwitch, inventory.Cluster)
	if err != nil {
		return err
	}
	templateHost := hosts[0]
	for _, spec := range inventory.OtherClusters {
		_, more, err := createCluster(ctx, folders, distributedSwitch, spec)
		if err != nil {
			return err
		}
		hosts = append(hosts, more...)
	}
	for _, datastore := range inventory.Datastores {
		if err := createDatastore(ctx, registry, hosts, datastore, filepath.Join(settings.StateDirectory, "datastores")); err != nil {
			return fmt.Errorf("datastore %s: %w", datastore.Name, err)
		}
	}
	for _, template := range inventory.Templates {
		if err := createTemplate(ctx, client, registry, folders, pool, templateHost, template); err != nil {
			return fmt.Errorf("template %s: %w", template.Name, err)
		}
	}
	return nil
}

// createSwitch makes the distributed switch and its port groups.
func createSwitch(ctx context.Context, client *vim25.Client, folders *object.DatacenterFolders, inventory config.Inventory) (*object.DistributedVirtualSwitch, error) {
	spec := types.DVSCreateSpec{ConfigSpec: &types.VMwareDVSConfigSpec{DVSConfigSpec: types.DVSConfigSpec{Name: inventory.Switch}}}
	task, err := folders.NetworkFolder.CreateDVS(ctx, spec)
	if err != nil {
		return nil, fmt.Errorf("switch %s: %w", inventory.Switch, err)
	}
	info, err := task.WaitForResult(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("switch %s: %w", inventory.Switch, err)
	}
	distributedSwitch := object.NewDistributedVirtualSwitch(client, info.Result.(types.ManagedObjectReference))
	for _, group := range inventory.PortGroups {
		task, err := distributedSwitch.AddPortgroup(ctx, []types.DVPortgroupConfigSpec{{
			Name:     group.Name,
			Type:     string(types.DistributedVirtualPortgroupPortgroupTypeEarlyBinding),
			NumPorts: 8,
		}})
		if err == nil {
			err = task.Wait(ctx)
		}
		if err != nil {
			return nil, fmt.Errorf("port group %s: %w", group.Name, err)
		}
	}
	return distributedSwitch, nil
}

// createCluster makes a cluster, its hosts, each a member of the distributed switch, and its resource pools, of which the
// root pool is returned.
func createCluster(ctx context.Context, folders *object.DatacenterFolders, distributedSwitch *object.DistributedVirtualSwitch, spec config.Cluster) (*object.ResourcePool, []*object.HostSystem, error) {
	cluster, err := folders.HostFolder.CreateCluster(ctx, spec.Name, types.ClusterConfigSpecEx{})
	if err != nil {
		return nil, nil, fmt.Errorf("cluster %s: %w", spec.Name, err)
	}
	var hosts []*object.HostSystem
	for _, name := range spec.Hosts {
		task, err := cluster.AddHost(ctx, types.HostConnectSpec{HostName: name}, true, nil, nil)
		if err != nil {
			return nil, nil, fmt.Errorf("host %s: %w", name, err)
		}
		info, err := task.WaitForResult(ctx, nil)
		if err != nil {
			return nil, nil, fmt.Errorf("host %s: %w", name, err)
		}
		host := object.NewHostSystem(folders.HostFolder.Client(), info.Result.(types.ManagedObjectReference))
		hosts = append(hosts, host)
		task, err = distributedSwitch.Reconfigure(ctx, &types.DVSConfigSpec{
			Host: []types.DistributedVirtualSwitchHostMemberConfigSpec{{
				Operation: string(types.ConfigSpecOperationAdd),
				Host:      host.Reference(),
			}},
		})
		if err == nil {
			err = task.Wait(ctx)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("host %s on the switch: %w", name, err)
		}
	}
	pool, err := cluster.ResourcePool(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range spec.ResourcePools {
		if _, err := pool.Create(ctx, name, types.DefaultResourceConfigSpec()); err != nil {
			return nil, nil, fmt.Errorf("resource pool %s: %w", name, err)
		}
	}
	return pool, hosts, nil
}

// createDatastore mounts one datastore on every host. Its folder on this machine only ever holds
// small placeholder files and is emptied first: each virtual machine makes its own again.
func createDatastore(ctx context.Context, registry *simulator.Registry, hosts []*object.HostSystem, spec config.Datastore, base string) error {
	directory := filepath.Join(base, spec.Name)
	if err := os.RemoveAll(directory); err != nil {
		return err
	}
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return err
	}
	for i, host := range hosts {
		system, err := host.ConfigManager().DatastoreSystem(ctx)
		if err != nil {
			return err
		}
		datastore, err := system.CreateLocalDatastore(ctx, spec.Name, directory)
		if err != nil {
			return err
		}
		if i > 0 {
			continue // mounted once more, the same object
		}
		// The simulator reports the real folder's file system; a site's datastore is reported instead.
		entity := registry.Get(datastore.Reference()).(*simulator.Datastore)
		capacity := spec.CapacityGiB << 30
		entity.Summary.Type = spec.Type
		entity.Summary.Capacity, entity.Summary.FreeSpace = capacity, capacity
		entity.Info.GetDatastoreInfo().FreeSpace = capacity
	}
	return nil
}

// createTemplate makes a powered-off virtual machine with a disk and a network card, and marks it as
// a template unless it is configured to stay a virtual machine.
func createTemplate(ctx context.Context, client *vim25.Client, registry *simulator.Registry, folders *object.DatacenterFolders, pool *object.ResourcePool, host *object.HostSystem, template config.Template) error {
	groupFolder := registry.Get(folders.NetworkFolder.Reference()).(*simulator.Folder)
	group := registry.FindByName(template.PortGroup, groupFolder.ChildEntity)
	backing, err := object.NewDistributedVirtualPortgroup(client, group.Reference()).EthernetCardBackingInfo(ctx)
	if err != nil {
		return err
	}
	var devices object.VirtualDeviceList
	controller, err := devices.CreateSCSIController(template.ScsiController)
	if err != nil {
		return err
	}
	home := fmt.Sprintf("[%s]", template.Datastore)
	disk := devices.CreateDisk(controller.(types.BaseVirtualController), types.ManagedObjectReference{},
		fmt.Sprintf("%s %s/%s.vmdk", home, template.Name, template.Name))
	disk.CapacityInKB = template.DiskGiB << 20
	diskBacking := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
	diskBacking.ThinProvisioned = types.NewBool(true)
	diskBacking.EagerlyScrub = types.NewBool(false)
	card, err := devices.CreateEthernetCard("vmxnet3", backing)
	if err != nil {
		return err
	}
	devices = append(devices, controller, disk, card)
	changes, err := devices.ConfigSpec(types.VirtualDeviceConfigSpecOperationAdd)
	if err != nil {
		return err
	}
	task, err := folders.VmFolder.CreateVM(ctx, types.VirtualMachineConfigSpec{
		Name:         template.Name,
		GuestId:      template.GuestID,
		Version:      fmt.Sprintf("vmx-%d", template.HardwareVersion),
		NumCPUs:      template.CPUs,
		MemoryMB:     template.MemoryMiB,
		Firmware:     template.Firmware,
		Files:        &types.VirtualMachineFileInfo{VmPathName: home},
		DeviceChange: changes,
	}, pool, host)
	if err != nil {
		return err
	}
	info, err := task.WaitForResult(ctx, nil)
	if err != nil {
		return err
	}
	made := object.NewVirtualMachine(client, info.Result.(types.ManagedObjectReference))
	for i := range template.Snapshots {
		task, err := made.CreateSnapshot(ctx, fmt.Sprintf("snapshot-%d", i+1), "", false, false)
		if err == nil {
			err = task.Wait(ctx)
		}
		if err != nil {
			return err
		}
	}
	if template.VirtualMachine {
		return nil
	}
	return made.MarkAsTemplate(ctx)
}
