package server

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"sitewright/lab/simulator/internal/administration"
	"sitewright/lab/simulator/internal/docker"
)

func TestRestartFindsEverythingAgain(t *testing.T) {
	l := newLab(t)
	folder := l.folder("kubernetes")
	lan := l.running(folder, "devk8swok501", "vm-lan", "172.31.241.5/28")
	dmz := l.running(folder, "devk8swok511", "vm-dmz", "172.31.241.21/28")
	idle, err := l.clone(folder, "photon-5", "idle", "vm-lan", "172.31.241.6/28")
	if err != nil {
		t.Fatal(err)
	}
	empty := l.folder("empty")
	machines := []*object.VirtualMachine{lan, dmz, idle}
	var before []types.ManagedObjectReference
	var uuids, addresses, states []string
	for _, machine := range machines {
		properties := l.properties(machine)
		before = append(before, machine.Reference())
		uuids = append(uuids, properties.Config.Uuid)
		addresses = append(addresses, properties.Guest.IpAddress)
		states = append(states, string(properties.Runtime.PowerState))
	}
	l.stop()
	l.start()
	for i, reference := range before {
		machine := object.NewVirtualMachine(l.client.Client, reference)
		properties := l.properties(machine)
		if properties.Config.Uuid != uuids[i] || properties.Guest.IpAddress != addresses[i] || string(properties.Runtime.PowerState) != states[i] {
			t.Errorf("%s: uuid %s, address %s, %s; was %s, %s, %s", properties.Name,
				properties.Config.Uuid, properties.Guest.IpAddress, properties.Runtime.PowerState, uuids[i], addresses[i], states[i])
		}
		if properties.Config.Hardware.MemoryMB != 512 || properties.Parent.Value != folder.Reference().Value {
			t.Errorf("%s: memory %d, folder %s", properties.Name, properties.Config.Hardware.MemoryMB, properties.Parent)
		}
		found, err := object.NewSearchIndex(l.client.Client).FindByUuid(context.Background(), nil, uuids[i], true, nil)
		if err != nil || found == nil || found.Reference() != reference {
			t.Errorf("%s: by uuid: %v %v", properties.Name, found, err)
		}
	}
	for _, found := range []*object.Folder{folder, empty} {
		again, err := l.finder.Folder(context.Background(), "/coolcorp/vm/"+found.Name())
		if found.Name() != "" && (err != nil || again.Reference() != found.Reference()) {
			t.Errorf("folder %s: %v %v", found.Name(), again, err)
		}
	}
	// What came back can be worked with, and new objects do not collide with it.
	l.running(object.NewFolder(l.client.Client, folder.Reference()), "devk8swok502", "vm-lan", "172.31.241.7/28")
	report, err := administration.ReadInventory(context.Background(), l.client.Client, l.config)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.VirtualMachines) != 4 || strings.Join(report.Folders, " ") != "/coolcorp/vm/empty /coolcorp/vm/kubernetes" {
		t.Errorf("%+v", report)
	}
	for _, entry := range report.VirtualMachines {
		machine := object.NewVirtualMachine(l.client.Client, types.ManagedObjectReference{Type: "VirtualMachine", Value: entry.Object})
		if entry.PowerState == "poweredOn" {
			if err := powerOff(machine); err != nil {
				t.Fatal(err)
			}
		}
		if err := destroy(machine); err != nil {
			t.Fatal(err)
		}
	}
	files, _ := filepath.Glob(filepath.Join(l.config.StateDirectory, "machines", "*"))
	if containers := l.containers(); len(containers)+len(files) > 0 {
		t.Errorf("left behind: %v %v", containers, files)
	}
}

func TestRestartStartsWhatShouldRun(t *testing.T) {
	l := newLab(t)
	machine := l.running(l.folder("kubernetes"), "devk8swok501", "vm-lan", "172.31.241.5/28")
	l.stop()
	if _, err := docker.Run(nil, "kill", testLabel+"-devk8swok501"); err != nil {
		t.Fatal(err)
	}
	l.start()
	properties := l.properties(object.NewVirtualMachine(l.client.Client, machine.Reference()))
	if properties.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn || l.containers()[testLabel+"-devk8swok501"] != "running" {
		t.Errorf("%s, containers %v", properties.Runtime.PowerState, l.containers())
	}
}

func TestCloneThatWasCutOffIsDropped(t *testing.T) {
	l := newLab(t)
	folder := l.folder("kubernetes")
	ctx := context.Background()
	source, err := l.finder.VirtualMachine(ctx, "photon-5")
	if err != nil {
		t.Fatal(err)
	}
	pool, err := l.finder.ResourcePool(ctx, "k8s/Resources")
	if err != nil {
		t.Fatal(err)
	}
	task, err := source.Clone(ctx, folder, "devk8swok501", types.VirtualMachineCloneSpec{
		Location: types.VirtualMachineRelocateSpec{Pool: types.NewReference(pool.Reference())},
	})
	if err == nil {
		err = task.Wait(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
	l.stop()
	l.start()
	l.running(object.NewFolder(l.client.Client, folder.Reference()), "devk8swok501", "vm-lan", "172.31.241.5/28")
}

func TestJournalIsPrivate(t *testing.T) {
	l := newLab(t)
	if _, err := l.clone(l.folder("kubernetes"), "photon-5", "idle", "vm-lan", "172.31.241.5/28"); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(l.config.StateDirectory, "machines", "*.json"))
	if len(files) != 1 {
		t.Fatal(files)
	}
	if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

func TestUnknownContainersAreRefused(t *testing.T) {
	settings := testConfig(t)
	name := testLabel + "-stranger"
	if _, err := docker.Run(nil, "create", "--name", name, "--label", testLabel+"=machine", testImage, "/guest"); err != nil {
		t.Fatal(err)
	}
	defer docker.Remove(name)
	_, err := Start(settings)
	if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "make down") {
		t.Errorf("%v", err)
	}
}

func TestSecondProcessIsRefused(t *testing.T) {
	l := newLab(t)
	if _, err := Start(l.config); err == nil || !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("same address: %v", err)
	}
	other := *l.config
	other.Listen = "127.0.0.1:0"
	if _, err := Start(&other); err == nil || !strings.Contains(err.Error(), "another vcenter process") {
		t.Errorf("same state: %v", err)
	}
}
