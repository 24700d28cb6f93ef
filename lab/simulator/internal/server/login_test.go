package server

import (
	"context"
	"errors"
	"net/url"
	"sort"
	"strings"
	"testing"

	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/session"
	"github.com/vmware/govmomi/vapi/rest"
	"github.com/vmware/govmomi/view"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

func TestLoginNeedsThePassword(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	if err := l.client.Logout(ctx); err != nil {
		t.Fatal(err)
	}
	manager := session.NewManager(l.client.Client)
	for _, user := range []*url.Userinfo{
		url.UserPassword(l.config.User, "wrong"), url.UserPassword("root", "right"), url.UserPassword(l.config.User, ""),
	} {
		if err := manager.Login(ctx, user); !fault.Is(err, &types.InvalidLogin{}) {
			t.Errorf("%s: %v", user, err)
		}
		if err := rest.NewClient(l.client.Client).Login(ctx, user); err == nil {
			t.Errorf("REST took %s", user)
		}
	}
	_, err := methods.LoginByToken(ctx, l.client.Client, &types.LoginByToken{This: *l.client.ServiceContent.SessionManager})
	if err == nil || !strings.Contains(err.Error(), "InvalidLogin") && !fault.Is(err, &types.InvalidLogin{}) {
		t.Errorf("token: %v", err)
	}
	right := url.UserPassword(l.config.User, "right")
	if err := manager.Login(ctx, right); err != nil {
		t.Error(err)
	}
	if err := rest.NewClient(l.client.Client).Login(ctx, right); err != nil {
		t.Error(err)
	}
}

func TestInventoryIsTheConfigAndNothingElse(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	container, err := view.NewManager(l.client.Client).CreateContainerView(ctx, l.client.ServiceContent.RootFolder, nil, true)
	if err != nil {
		t.Fatal(err)
	}
	var entities []mo.ManagedEntity
	var networks []mo.Network
	err = errors.Join(
		container.Retrieve(ctx, []string{"ManagedEntity"}, []string{"name"}, &entities),
		container.Retrieve(ctx, []string{"Network"}, []string{"name"}, &networks),
	)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entity := range entities {
		if entity.Name != "" {
			names = append(names, entity.Self.Type+" "+entity.Name)
		}
	}
	for _, network := range networks {
		if !strings.HasPrefix(network.Name, "dvs-lab-DVUplinks") {
			names = append(names, network.Self.Type+" "+network.Name)
		}
	}
	sort.Strings(names)
	wanted := `ClusterComputeResource k8s
Datacenter coolcorp
Datastore nfs
Datastore ssd
DistributedVirtualPortgroup vm-dmz
DistributedVirtualPortgroup vm-lan
DistributedVirtualSwitch dvs-lab
Folder datastore
Folder host
Folder network
Folder vm
HostSystem esx501.coolcorp.test
HostSystem esx502.coolcorp.test
Network VM Network
ResourcePool Resources
ResourcePool lab
VirtualMachine bodiless
VirtualMachine broken
VirtualMachine dying
VirtualMachine photon-5`
	if got := strings.Join(names, "\n"); got != wanted {
		t.Errorf("inventory:\n%s", got)
	}
	template, err := l.finder.VirtualMachine(ctx, "photon-5")
	if err != nil {
		t.Fatal(err)
	}
	if isTemplate, err := template.IsTemplate(ctx); err != nil || !isTemplate {
		t.Errorf("photon-5 is a template: %v %v", isTemplate, err)
	}
	if err := powerOn(template); err == nil || !strings.Contains(err.Error(), "cannot be powered on") {
		t.Errorf("power on of the template: %v", err)
	}
}
