package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/object"
	_ "github.com/vmware/govmomi/pbm/simulator"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// start runs the simulator, whose certificate is not trusted. It grants every privilege to every account: what an account
// lacks, and a certificate that is trusted, are tested against the lab's vCenter (tests/integration).
func start(t *testing.T) vcenter {
	model := simulator.VPX()
	if err := model.Create(); err != nil {
		t.Fatal(err)
	}
	model.Service.TLS = new(tls.Config)
	// That of storage policies.
	model.Service.RegisterEndpoints = true
	server := model.Service.NewServer()
	t.Cleanup(func() { server.Close(); model.Remove() })
	password, _ := server.URL.User.Password()
	return vcenter{Server: server.URL.Host, User: server.URL.User.Username(), Password: password}
}

func ask(t *testing.T, change func(*checkRequest)) *report {
	t.Helper()
	request := checkRequest{
		VCenter: start(t), Datacenter: "DC0", Template: "template", Folder: "folder",
		Entities: map[string]entity{
			"vcenter": {"vcenter", ""}, "cluster": {"cluster", "DC0_C0"}, "pool": {"pool", "DC0_C0/Resources"}, "folder": {"folder", "/DC0/vm"},
			"network": {"network", "DC0_DVPG0"}, "template": {"virtualMachine", "DC0_C0_RP0_VM0"},
			"datastore": {"datastore", "tape"},
			"policy":    {"policy", "vSAN Default Storage Policy"}, "no policy": {"policy", "gold"},
		},
	}
	request.VCenter.Insecure = true
	request.Accounts = []account{{Name: "provisioner", User: request.VCenter.User, Password: request.VCenter.Password}}
	change(&request)
	return check(context.Background(), request)
}

func TestFacts(t *testing.T) {
	r := ask(t, func(*checkRequest) {})
	for name, one := range r.Objects {
		if one.Found != (name != "datastore" && name != "no policy") {
			t.Errorf("%s: %+v", name, one)
		}
	}
	if r.Template == nil || *r.Template != (templateReport{HardwareVersion: 13, Disks: 1, NetworkCards: 1}) {
		t.Errorf("template: %+v", r.Template)
	}
	if len(r.Machines) != 4 || r.Machines[0].UUID == "" {
		t.Errorf("machines: %+v", r.Machines)
	}
	if r.Logins["provisioner"].Outcome != "ok" || len(r.Missing) != 0 {
		t.Errorf("logins %+v, missing %+v", r.Logins, r.Missing)
	}
}

func TestADatacenterThatIsNotThereIsTheOnlyMissingObject(t *testing.T) {
	r := ask(t, func(request *checkRequest) {
		request.Datacenter = "DC9"
		request.Entities["datacenter"] = entity{"datacenter", "DC9"}
	})
	if len(r.Objects) != 2 || r.Objects["datacenter"].Found || !r.Objects["vcenter"].Found {
		t.Errorf("%+v", r.Objects)
	}
}

func TestNoPasswordIsSentToAStranger(t *testing.T) {
	for name, change := range map[string]func(*checkRequest){
		"untrusted": func(request *checkRequest) { request.VCenter.Insecure = false },
		"differs":   func(request *checkRequest) { request.VCenter.Thumbprint = strings.Repeat("AB:", 19) + "AB" },
	} {
		r := ask(t, change)
		if r.Certificate == nil || len(r.Logins) != 0 || len(r.Objects) != 0 {
			t.Errorf("%s: %+v", name, r)
		}
		if (r.Certificate.Fault == "" && name == "untrusted") || r.Certificate.Differs != (name == "differs") {
			t.Errorf("%s: %+v", name, r.Certificate)
		}
	}
	nobody := check(context.Background(), checkRequest{VCenter: vcenter{Server: "127.0.0.1:1"}})
	if nobody.Unreachable == "" || nobody.Certificate != nil {
		t.Errorf("nobody there: %+v", nobody)
	}
}

func TestGrantAndRevoke(t *testing.T) {
	server := start(t)
	server.Insecure = true
	ctx := context.Background()
	shown, err := look(ctx, server)
	if err != nil {
		t.Fatal(err)
	}
	session, err := connect(ctx, server, shown)
	if err != nil {
		t.Fatal(err)
	}
	access := object.NewAuthorizationManager(session.Client)
	folder, err := session.finder.Folder(ctx, "/DC0/vm")
	if err != nil {
		t.Fatal(err)
	}
	wanted := permission{entity{"folder", "/DC0/vm"}, "csi@vsphere.local", "ReadOnly", true}
	do := func(command string, change func(*grantRequest)) error {
		request := grantRequest{VCenter: server, Datacenter: "DC0", permission: wanted}
		change(&request)
		input, _ := json.Marshal(request)
		return run(ctx, []string{command}, strings.NewReader(string(input)), &strings.Builder{})
	}
	permissions := func() []types.Permission {
		found, err := access.RetrieveEntityPermissions(ctx, folder.Reference(), false)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	// granted asks of the permission, and of others that are like it.
	granted := func() []bool {
		request := grantedRequest{VCenter: server, Datacenter: "DC0", Permissions: []permission{wanted, wanted, wanted, wanted, wanted, wanted}}
		request.Permissions[1].Propagate = false
		request.Permissions[2].User = "else@vsphere.local"
		request.Permissions[3].Role = "Admin"
		request.Permissions[4].Role = "Nobody"
		request.Permissions[5].Entity.Name = "/DC0/vm/gone"
		input, _ := json.Marshal(request)
		output := &strings.Builder{}
		if err := run(ctx, []string{"granted"}, strings.NewReader(string(input)), output); err != nil {
			t.Fatal(err)
		}
		var answers []bool
		if err := json.Unmarshal([]byte(output.String()), &answers); err != nil || len(answers) != len(request.Permissions) {
			t.Fatalf("%v: %s", err, output)
		}
		return answers
	}
	same := func(*grantRequest) {}
	if slices.Contains(granted(), true) {
		t.Errorf("before: %v", granted())
	}
	if err := do("grant", same); err != nil {
		t.Fatal(err)
	}
	if found := permissions(); len(found) != 1 || found[0].Principal != `VSPHERE.LOCAL\csi` || found[0].RoleId != -2 || !found[0].Propagate {
		t.Errorf("granted: %+v", found)
	}
	if answers := granted(); !answers[0] || slices.Contains(answers[1:], true) {
		t.Errorf("granted: %v", answers)
	}
	if err := do("revoke", func(request *grantRequest) { request.Role = "-1" }); err != nil || len(permissions()) != 1 {
		t.Errorf("another role: %v, %+v", err, permissions())
	}
	if err := do("revoke", func(request *grantRequest) { request.Entity.Name = "/DC0/vm/gone" }); err != nil {
		t.Errorf("an entity that is gone: %v", err)
	}
	for range 2 {
		if err := do("revoke", same); err != nil || len(permissions()) != 0 {
			t.Errorf("revoked: %v, %+v", err, permissions())
		}
	}
	for text, change := range map[string]func(*grantRequest){
		"has no role Nobody": func(request *grantRequest) { request.Role = "Nobody" },
		"not accepted":       func(request *grantRequest) { request.VCenter.Insecure = false },
		"not found":          func(request *grantRequest) { request.Entity.Name = "/DC0/vm/gone" },
	} {
		if err := do("grant", change); err == nil || !strings.Contains(err.Error(), text) || strings.Contains(err.Error(), server.Password) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestOnlyARoleAsItWasMadeAndThatNobodyHasIsRemoved(t *testing.T) {
	server := start(t)
	server.Insecure = true
	ctx := context.Background()
	session, err := reach(ctx, server)
	if err != nil {
		t.Fatal(err)
	}
	access := object.NewAuthorizationManager(session.Client)
	wanted := []string{"Datastore.Browse", "Datastore.AllocateSpace"}
	remove := func(privileges []string) (string, error) {
		input, _ := json.Marshal(roleRequest{VCenter: server, Name: "volumes", Privileges: privileges})
		output := strings.Builder{}
		err := run(ctx, []string{"remove-role"}, strings.NewReader(string(input)), &output)
		return strings.TrimSpace(output.String()), err
	}
	if answer, err := remove(wanted); err != nil || answer != "absent" {
		t.Errorf("no role: %q, %v", answer, err)
	}
	if _, err := access.AddRole(ctx, "volumes", []string{"Datastore.AllocateSpace", "Datastore.Browse", "System.Read"}); err != nil {
		t.Fatal(err)
	}
	if _, err := remove(wanted[:1]); err == nil || !strings.Contains(err.Error(), "with other privileges") {
		t.Errorf("another one: %v", err)
	}
	if answer, err := remove(wanted); err != nil || answer != "removed" {
		t.Errorf("as made: %q, %v", answer, err)
	}
	if answer, err := remove(wanted); err != nil || answer != "absent" {
		t.Errorf("again: %q, %v", answer, err)
	}
}

func TestAnUnknownKeyIsRefused(t *testing.T) {
	if err := run(context.Background(), []string{"check"}, strings.NewReader(`{"vcentre":{}}`), os.Stdout); err == nil {
		t.Error("accepted")
	}
}
