package main

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

func TestOrigins(t *testing.T) {
	server := start(t)
	server.Insecure = true
	ctx := context.Background()
	session, err := reach(ctx, server)
	if err != nil {
		t.Fatal(err)
	}
	template, err := session.finder.VirtualMachine(ctx, "/DC0/vm/DC0_C0_RP0_VM0")
	if err != nil {
		t.Fatal(err)
	}
	folder, err := session.finder.Folder(ctx, "/DC0/vm")
	if err != nil {
		t.Fatal(err)
	}
	task, err := template.Clone(ctx, folder, "clone", types.VirtualMachineCloneSpec{})
	if err != nil {
		t.Fatal(err)
	}
	result, err := task.WaitForResult(ctx)
	if err != nil {
		t.Fatal(err)
	}
	machine := object.NewVirtualMachine(session.Client, result.Result.(types.ManagedObjectReference))
	ask := func() []origin {
		input, _ := json.Marshal(originsRequest{
			VCenter: server, Key: "sitewright.origin",
			Machines: []string{"/DC0/vm/clone", "/DC0/vm/nobody", "/DC0/vm/DC0_C0_RP0_VM1", "/DC0/vm/nowhere/clone"},
		})
		output := &strings.Builder{}
		if err := run(ctx, []string{"origins"}, strings.NewReader(string(input)), output); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(output.String(), "secret") {
			t.Errorf("a value that was not asked for: %s", output)
		}
		var found []origin
		if err := json.Unmarshal([]byte(output.String()), &found); err != nil {
			t.Fatal(err)
		}
		return found
	}

	found := ask()
	clone := found[0].Clone
	if !found[0].Found || !found[0].Complete || found[0].Mark != "" {
		t.Errorf("a clone without a mark: %+v", found[0])
	}
	if found[0].UUID == "" || found[0].UUID != machine.UUID(ctx) {
		t.Errorf("its UUID: %+v", found[0])
	}
	if clone == nil || !clone.ByUs || clone.Source != template.UUID(ctx) || clone.AgeSeconds < 0 || clone.AgeSeconds > 60 {
		t.Errorf("its making: %+v", clone)
	}
	if !reflect.DeepEqual(found[1], origin{Path: "/DC0/vm/nobody"}) {
		t.Errorf("nobody: %+v", found[1])
	}
	if !reflect.DeepEqual(found[3], origin{Path: "/DC0/vm/nowhere/clone"}) {
		t.Errorf("nowhere: %+v", found[3])
	}
	if found[2].Clone != nil || !found[2].Found {
		t.Errorf("a machine that is no clone: %+v", found[2])
	}

	task, err = machine.Reconfigure(ctx, types.VirtualMachineConfigSpec{ExtraConfig: []types.BaseOptionValue{
		&types.OptionValue{Key: "guestinfo.userdata", Value: "secret"},
		&types.OptionValue{Key: "sitewright.origin", Value: "ours"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := task.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	if found := ask(); found[0].Mark != "ours" {
		t.Errorf("a marked clone: %+v", found[0])
	}

	// One of the same name that took its place is another one, and has events of its own.
	other := server
	other.User = "somebody else"
	if one, err := session.origin(ctx, originsRequest{VCenter: other}, "/DC0/vm/clone"); err != nil || one.Clone == nil || one.Clone.ByUs {
		t.Errorf("somebody else's: %+v, %v", one, err)
	}
}

func TestUsers(t *testing.T) {
	for _, one := range []struct {
		event, login string
		same         bool
	}{
		{`VSPHERE.LOCAL\provisioner`, "provisioner@vsphere.local", true},
		{"provisioner@vsphere.local", "provisioner@vsphere.local", true},
		{`VSPHERE.LOCAL\Provisioner`, `vsphere.local\provisioner`, true},
		{`CORP\provisioner`, "provisioner@vsphere.local", false},
		{"", "provisioner@vsphere.local", false},
	} {
		if sameUser(one.event, one.login) != one.same {
			t.Errorf("%+v", one)
		}
	}
}
