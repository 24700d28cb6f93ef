package server

import (
	"testing"

	"sitewright/lab/simulator/internal/administration"
)

func TestMachineWithoutContainer(t *testing.T) {
	l := newLab(t)
	folder := l.folder("kubernetes")
	machine, err := l.clone(folder, "bodiless", "devk8swok501", "vm-dmz", "10.9.8.7/24")
	if err == nil {
		err = powerOn(machine)
	}
	if err != nil {
		t.Fatal(err)
	}
	guest := l.properties(machine).Guest
	if guest.IpAddress != "10.9.8.7" || guest.Net[0].Network != "vm-dmz" || guest.Net[0].IpConfig.IpAddress[0].PrefixLength != 24 {
		t.Errorf("guest: %+v", guest)
	}
	l.stop()
	l.start()
	machine, err = l.finder.VirtualMachine(t.Context(), "kubernetes/devk8swok501")
	if err != nil {
		t.Fatal(err)
	}
	if recovered := l.properties(machine); recovered.Guest.IpAddress != "10.9.8.7" || recovered.Runtime.PowerState != "poweredOn" {
		t.Errorf("after a restart: %s, %+v", recovered.Runtime.PowerState, recovered.Guest)
	}
	if found := l.containers(); len(found) != 0 {
		t.Errorf("containers: %v", found)
	}
	if err := powerOff(machine); err != nil {
		t.Error(err)
	}
	if err := destroy(machine); err != nil {
		t.Error(err)
	}
}

func TestAttachedDiskIsInTheInventory(t *testing.T) {
	l := newLab(t)
	folder := l.folder("kubernetes")
	_, err := l.clone(folder, "bodiless", "devk8swok501", "vm-lan", "10.9.8.7/24")
	if err == nil {
		err = administration.AttachDisk(l.config, "/coolcorp/vm/kubernetes/devk8swok501")
	}
	if err != nil {
		t.Fatal(err)
	}
	report, err := administration.ReadInventory(t.Context(), l.client.Client, l.config)
	if err != nil {
		t.Fatal(err)
	}
	if disks := report.VirtualMachines[0].Disks; len(disks) != 2 {
		t.Errorf("disks: %v", disks)
	}
}
