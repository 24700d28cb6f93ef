package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
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

func TestClonesTakeTimeSideBySide(t *testing.T) {
	l := newLab(t)
	folder := l.folder("kubernetes")
	l.server.site.suffer(&Trouble{CloneSeconds: 3})
	begin := time.Now()
	var clones sync.WaitGroup
	for i := range 5 {
		clones.Go(func() {
			if _, err := l.clone(folder, "bodiless", fmt.Sprintf("node%d", i), "vm-lan", "10.9.8.7/24"); err != nil {
				t.Error(err)
			}
		})
	}
	clones.Wait()
	if took := time.Since(begin); took < 3*time.Second || took > 12*time.Second {
		t.Errorf("5 clones of 3 s took %s; one after the other they take 15 s", took)
	}
}

func TestInjectedFaults(t *testing.T) {
	l := newLab(t)
	folder := l.folder("kubernetes")
	trouble := Trouble{Faults: []FaultRule{{Method: "CloneVM_Task", Fault: "NotAuthenticated", Skip: 1, Times: 1}}}
	trouble.complete()
	l.server.site.suffer(&trouble)
	for i, wanted := range []string{"", "The session is not authenticated.", ""} {
		_, err := l.clone(folder, "bodiless", fmt.Sprintf("node%d", i), "vm-lan", "10.9.8.7/24")
		if (err == nil) != (wanted == "") || (err != nil && !strings.Contains(err.Error(), wanted)) {
			t.Errorf("clone %d: %v", i, err)
		}
	}
}

func TestLostConnections(t *testing.T) {
	l := newLab(t)
	folder := l.folder("kubernetes")
	l.server.site.suffer(&Trouble{LostConnections: 1})
	if _, err := folder.CreateFolder(t.Context(), "lost"); err == nil || !strings.Contains(err.Error(), "EOF") {
		t.Errorf("every connection is lost, and the answer is %v", err)
	}
	l.server.site.suffer(&Trouble{})
	if _, err := folder.CreateFolder(t.Context(), "found"); err != nil {
		t.Error(err)
	}
}

func TestAttachedDiskIsInTheInventory(t *testing.T) {
	l := newLab(t)
	folder := l.folder("kubernetes")
	_, err := l.clone(folder, "bodiless", "devk8swok501", "vm-lan", "10.9.8.7/24")
	if err == nil {
		err = attachDisk(l.config, "/coolcorp/vm/kubernetes/devk8swok501")
	}
	if err != nil {
		t.Fatal(err)
	}
	report, err := readInventory(t.Context(), l.client.Client, l.config)
	if err != nil {
		t.Fatal(err)
	}
	if disks := report.VirtualMachines[0].Disks; len(disks) != 2 {
		t.Errorf("disks: %v", disks)
	}
}
