package server

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vim25/types"

	"sitewright/lab/simulator/internal/docker"
)

func TestCloneBecomesContainer(t *testing.T) {
	l := newLab(t)
	folder := l.folder("kubernetes")
	machine := l.running(folder, "devk8swok511", "vm-dmz", "172.31.241.21/28")

	output, err := docker.Run(nil, "inspect", testLabel+"-devk8swok511")
	if err != nil {
		t.Fatal(err)
	}
	var found []struct {
		Config struct {
			Hostname, Image string
			Env             []string
			Labels          map[string]string
			StopTimeout     int
		}
		HostConfig struct {
			Memory, NanoCpus int64
			CapAdd           []string
		}
		NetworkSettings struct {
			Networks map[string]struct{ IPAddress, MacAddress string }
		}
	}
	if err := json.Unmarshal([]byte(output), &found); err != nil {
		t.Fatal(err)
	}
	container := found[0]
	if container.Config.Hostname != "devk8swok511" || container.HostConfig.Memory != 512<<20 || container.HostConfig.NanoCpus != 0 {
		t.Errorf("hostname, memory or CPU limit: %+v", container)
	}
	if network, ok := container.NetworkSettings.Networks[testLabel+"-dmz"]; !ok || network.IPAddress != "172.31.241.21" {
		t.Errorf("networks: %+v", container.NetworkSettings.Networks)
	}
	for _, wanted := range []string{"VMX_GUESTINFO=true", "VMX_GUESTINFO_METADATA_ENCODING=base64", "VMX_GUESTINFO_USERDATA=c2VjcmV0"} {
		if !slices.Contains(container.Config.Env, wanted) {
			t.Errorf("%s is not in %v", wanted, container.Config.Env)
		}
	}
	properties := l.properties(machine)
	if container.Config.Labels[testLabel] != "machine" || container.Config.Labels["sitewright.lab.uuid"] != properties.Config.Uuid {
		t.Errorf("labels: %v", container.Config.Labels)
	}
	guest := properties.Guest
	if guest.IpAddress != "172.31.241.21" || guest.HostName != "devk8swok511" || guest.ToolsRunningStatus != "guestToolsRunning" {
		t.Errorf("guest: %+v", guest)
	}
	if len(guest.Net) != 1 || guest.Net[0].Network != "vm-dmz" || guest.Net[0].IpConfig.IpAddress[0].PrefixLength != 28 {
		t.Errorf("guest.net: %+v", guest.Net)
	}
	if mac := container.NetworkSettings.Networks[testLabel+"-dmz"].MacAddress; mac != guest.Net[0].MacAddress || mac == "" {
		t.Errorf("hardware address %q in the container, %q in the guest", mac, guest.Net[0].MacAddress)
	}
	if properties.Config.Annotation != "" || properties.Config.SwapPlacement != "inherit" {
		t.Errorf("annotation %q, swap placement %q would be shown as changes", properties.Config.Annotation, properties.Config.SwapPlacement)
	}

	if err := destroy(machine); err == nil || !strings.Contains(err.Error(), "poweredOn") {
		t.Errorf("destroying a running machine: %v", err)
	}
	if err := destroy(folder); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("destroying a folder with a machine in it: %v", err)
	}
}

// The provider waits like this when waitForGuestNetRoutable is true: it looks at the addresses when they are
// reported, with the gateway it has seen before.
func TestRoutableAddressIsReportedAgain(t *testing.T) {
	l := newLab(t)
	machine := l.running(l.folder("kubernetes"), "devk8swok501", "vm-lan", "172.31.241.5/28")
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	gateway := false
	err := property.Wait(ctx, property.DefaultCollector(l.client.Client), machine.Reference(), []string{"guest.net", "guest.ipStack"},
		func(changes []types.PropertyChange) bool {
			for _, change := range changes {
				switch value := change.Val.(type) {
				case types.ArrayOfGuestStackInfo:
					gateway = value.GuestStackInfo[0].IpRouteConfig.IpRoute[0].Gateway.IpAddress == "172.31.241.1"
				case types.ArrayOfGuestNicInfo:
					if gateway {
						return true
					}
				}
			}
			return false
		})
	if err != nil {
		t.Error(err)
	}
}

func TestDestroyOfDeafGuest(t *testing.T) {
	l := newLab(t)
	folder := l.folder("kubernetes")
	machine := l.running(folder, "devk8swok501", "vm-lan", "172.31.241.5/28")
	if err := machine.ShutdownGuest(context.Background()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := machine.WaitForPowerState(ctx, types.VirtualMachinePowerStatePoweredOff); err != nil {
		t.Fatal(err)
	}
	before := l.properties(machine).Config.Uuid
	if err := destroy(machine); err != nil {
		t.Fatal(err)
	}
	again, err := l.clone(folder, "photon-5", "devk8swok501", "vm-lan", "172.31.241.5/28")
	if err != nil {
		t.Fatal(err)
	}
	if after := l.properties(again).Config.Uuid; after == before {
		t.Errorf("the machine made again has the UUID of the one before: %s", after)
	}
	if err := destroy(again); err != nil {
		t.Fatal(err)
	}
	if err := destroy(folder); err != nil {
		t.Fatal(err)
	}
	if containers := l.containers(); len(containers) > 0 {
		t.Errorf("left behind: %v", containers)
	}
}

func TestPowerCycleKeepsTheDisk(t *testing.T) {
	l := newLab(t)
	machine := l.running(l.folder("kubernetes"), "devk8swok501", "vm-lan", "172.31.241.5/28")
	before, _ := docker.Run(nil, "inspect", "--format", "{{.Id}}", testLabel+"-devk8swok501")
	if err := powerOff(machine); err != nil {
		t.Fatal(err)
	}
	if err := powerOff(machine); !fault.Is(err, &types.InvalidPowerState{}) {
		t.Errorf("second power off: %v", err)
	}
	if err := powerOn(machine); err != nil {
		t.Fatal(err)
	}
	after, _ := docker.Run(nil, "inspect", "--format", "{{.Id}}", testLabel+"-devk8swok501")
	if before != after || before == "" {
		t.Errorf("container %q became %q", before, after)
	}
}

func TestFailuresNameTheReasonAndLeaveNothing(t *testing.T) {
	l := newLab(t)
	folder := l.folder("kubernetes")
	for _, test := range []struct{ template, name, address, message string }{
		{"broken", "noimage", "172.31.241.5/28", "No such image"},
		{"dying", "dying", "172.31.241.6/28", "ended as soon as it was started"},
		{"photon-5", "wrongnet", "192.0.2.7/24", "does not belong to any of this network's subnets"},
	} {
		machine, err := l.clone(folder, test.template, test.name, "vm-lan", test.address)
		if err != nil {
			t.Fatal(err)
		}
		err = powerOn(machine)
		// On a busy machine a container is looked at before it has ended, as short as it lives.
		for tries := 0; err == nil && tries < 5; tries++ {
			_ = powerOff(machine)
			err = powerOn(machine)
		}
		if err == nil || !strings.Contains(err.Error(), test.name) {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if !strings.Contains(err.Error(), test.message) {
			t.Errorf("%s: %v does not say %q", test.name, err, test.message)
		}
		if strings.Contains(err.Error(), "c2VjcmV0") || strings.Contains(err.Error(), "GUESTINFO") {
			t.Errorf("%s: the message shows guestinfo: %v", test.name, err)
		}
		if state := l.properties(machine).Runtime.PowerState; state != types.VirtualMachinePowerStatePoweredOff {
			t.Errorf("%s: %s", test.name, state)
		}
		if err := destroy(machine); err != nil {
			t.Error(err)
		}
	}
	if containers := l.containers(); len(containers) > 0 {
		t.Errorf("left behind: %v", containers)
	}
}

func TestAddressInUse(t *testing.T) {
	l := newLab(t)
	folder := l.folder("kubernetes")
	l.running(folder, "first", "vm-lan", "172.31.241.5/28")
	second, err := l.clone(folder, "photon-5", "second", "vm-lan", "172.31.241.5/28")
	if err != nil {
		t.Fatal(err)
	}
	if err := powerOn(second); err == nil || !strings.Contains(err.Error(), "Address already in use") {
		t.Errorf("%v", err)
	}
	if containers := l.containers(); len(containers) != 1 {
		t.Errorf("left behind: %v", containers)
	}
}

func TestTakenNameIsRefused(t *testing.T) {
	l := newLab(t)
	folder := l.folder("kubernetes")
	if _, err := l.clone(folder, "photon-5", "devk8swok501", "vm-lan", "172.31.241.5/28"); err != nil {
		t.Fatal(err)
	}
	_, err := l.clone(folder, "photon-5", "devk8swok501", "vm-lan", "172.31.241.6/28")
	if !fault.Is(err, &types.DuplicateName{}) || !strings.Contains(err.Error(), "already exists") {
		t.Errorf("%v", err)
	}
}

func TestClonesInParallel(t *testing.T) {
	l := newLab(t)
	folder := l.folder("kubernetes")
	var group sync.WaitGroup
	for _, name := range []string{"172.31.241.5/28", "172.31.241.6/28", "172.31.241.7/28", "172.31.241.8/28"} {
		group.Go(func() {
			machine, err := l.clone(folder, "photon-5", "vm-"+name[11:12], "vm-lan", name)
			if err == nil {
				err = powerOn(machine)
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	group.Wait()
	if containers := l.containers(); len(containers) != 4 {
		t.Errorf("containers: %v", containers)
	}
}

func TestContainerThatStopsPowersTheMachineOff(t *testing.T) {
	l := newLab(t)
	machine := l.running(l.folder("kubernetes"), "devk8swok501", "vm-lan", "172.31.241.5/28")
	if _, err := docker.Run(nil, "kill", testLabel+"-devk8swok501"); err != nil {
		t.Fatal(err)
	}
	l.eventually("the machine is powered off", func() bool {
		return l.properties(machine).Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff
	})
	if err := powerOn(machine); err != nil {
		t.Error(err)
	}
}
