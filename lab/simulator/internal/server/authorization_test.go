package server

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/session"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

const (
	csiUser       = "csi@vsphere.local"
	administrator = int32(-1) // the built-in role Admin
)

// as is a client logged in as another account.
func (l *lab) as(user string) (*vim25.Client, *session.Manager) {
	l.Helper()
	ctx := context.Background()
	client, err := vim25.NewClient(ctx, soap.NewClient(l.client.URL(), true))
	if err != nil {
		l.Fatal(err)
	}
	manager := session.NewManager(client)
	if err := manager.Login(ctx, url.UserPassword(user, "right")); err != nil {
		l.Fatal(err)
	}
	return client, manager
}

// may tells whether an account has a privilege, by its own session and by the administrator's question, which must agree.
func (l *lab) may(user, privilege string, entity types.ManagedObjectReference) bool {
	l.Helper()
	ctx := context.Background()
	client, manager := l.as(user)
	defer manager.Logout(ctx)
	current, err := manager.UserSession(ctx)
	if err != nil {
		l.Fatal(err)
	}
	access := types.HasPrivilegeOnEntities{
		This: *client.ServiceContent.AuthorizationManager, Entity: []types.ManagedObjectReference{entity},
		SessionId: current.Key, PrivId: []string{privilege},
	}
	own, err := methods.HasPrivilegeOnEntities(ctx, client, &access)
	if err != nil {
		l.Fatal(err)
	}
	granted := own.Returnval[0].PrivAvailability[0].IsGranted
	domain, name := "VSPHERE.LOCAL", strings.TrimSuffix(user, "@vsphere.local")
	fetched, err := object.NewAuthorizationManager(l.client.Client).
		FetchUserPrivilegeOnEntities(ctx, []types.ManagedObjectReference{entity}, domain+`\`+name)
	if err != nil {
		l.Fatal(err)
	}
	if slices.Contains(fetched[0].Privileges, privilege) != granted {
		l.Fatalf("%s on %s: the two answers differ", privilege, entity)
	}
	return granted
}

func TestPermissionsReachBelowUntilANearerOne(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	folder := l.folder("kubernetes").Reference()
	datacenter, err := l.finder.DefaultDatacenter(ctx)
	if err != nil {
		t.Fatal(err)
	}
	access := object.NewAuthorizationManager(l.client.Client)
	disks, err := access.AddRole(ctx, "disks", []string{"VirtualMachine.Config.AddExistingDisk"})
	if err != nil {
		t.Fatal(err)
	}
	search, err := access.AddRole(ctx, "search", []string{"Cns.Searchable"})
	if err != nil || search == disks {
		t.Fatalf("roles %d and %d: %v", disks, search, err)
	}
	grant := func(entity types.ManagedObjectReference, role int32, propagate bool) {
		t.Helper()
		if err := access.SetEntityPermissions(ctx, entity, []types.Permission{{Principal: csiUser, RoleId: role, Propagate: propagate}}); err != nil {
			t.Fatal(err)
		}
	}
	const disk, searchable = "VirtualMachine.Config.AddExistingDisk", "Cns.Searchable"
	if l.may(csiUser, disk, folder) || !l.may(l.config.User, disk, folder) {
		t.Error("only the administrator begins with privileges")
	}
	grant(datacenter.Reference(), disks, false)
	if !l.may(csiUser, disk, datacenter.Reference()) || l.may(csiUser, disk, folder) {
		t.Error("a permission that does not propagate counts on its entity alone")
	}
	grant(datacenter.Reference(), disks, true)
	if !l.may(csiUser, disk, folder) {
		t.Error("a permission that propagates counts below")
	}
	grant(folder, search, true)
	if l.may(csiUser, disk, folder) || !l.may(csiUser, searchable, folder) {
		t.Error("a nearer permission takes the place of one from above")
	}

	// Another's permission on the same entity is left alone.
	grantOther := []types.Permission{{Principal: "late@vsphere.local", RoleId: search}}
	if err := access.SetEntityPermissions(ctx, folder, grantOther); err != nil {
		t.Fatal(err)
	}
	if list, err := access.RetrieveEntityPermissions(ctx, folder, false); err != nil || len(list) != 2 {
		t.Errorf("permissions on the folder: %v %v", list, err)
	}

	l.stop()
	l.start()
	access = object.NewAuthorizationManager(l.client.Client)
	if l.may(csiUser, disk, folder) || !l.may(csiUser, searchable, folder) || !l.may(csiUser, disk, datacenter.Reference()) {
		t.Error("roles and permissions are not what they were before the restart")
	}
	if err := access.RemoveRole(ctx, search, true); !fault.Is(err, &types.ResourceInUse{}) {
		t.Errorf("a role in use: %v", err)
	}
	if err := access.RemoveEntityPermission(ctx, folder, `VSPHERE.LOCAL\csi`, false); err != nil {
		t.Error(err)
	}
	if !l.may(csiUser, disk, folder) {
		t.Error("without the nearer permission that from above counts again")
	}
	if err := destroy(object.NewFolder(l.client.Client, folder)); err != nil {
		t.Fatal(err)
	}
	if list, _ := access.RetrieveRolePermissions(ctx, search); len(list) != 0 {
		t.Errorf("a folder that is gone has left %v", list)
	}
}

func TestOnlyTheAdministratorGivesRights(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	client, _ := l.as(csiUser)
	access := object.NewAuthorizationManager(client)
	if _, err := access.AddRole(ctx, "all", nil); !fault.Is(err, &types.NoPermission{}) {
		t.Errorf("a role: %v", err)
	}
	permission := []types.Permission{{Principal: csiUser, RoleId: administrator}}
	if err := access.SetEntityPermissions(ctx, client.ServiceContent.RootFolder, permission); !fault.Is(err, &types.NoPermission{}) {
		t.Errorf("a permission: %v", err)
	}
	nobody := []types.Permission{{Principal: "nobody@vsphere.local", RoleId: administrator}}
	err := object.NewAuthorizationManager(l.client.Client).SetEntityPermissions(ctx, client.ServiceContent.RootFolder, nobody)
	if !fault.Is(err, &types.UserNotFound{}) {
		t.Errorf("for a user that does not exist: %v", err)
	}
}

func TestAnExpiredPassword(t *testing.T) {
	l := newLab(t)
	ctx := context.Background()
	client, err := vim25.NewClient(ctx, soap.NewClient(l.client.URL(), true))
	if err != nil {
		t.Fatal(err)
	}
	manager := session.NewManager(client)
	if err := manager.Login(ctx, url.UserPassword("late@vsphere.local", "right")); !fault.Is(err, &types.PasswordExpired{}) {
		t.Errorf("the right password: %v", err)
	}
	if err := manager.Login(ctx, url.UserPassword("late@vsphere.local", "wrong")); fault.Is(err, &types.PasswordExpired{}) || err == nil {
		t.Errorf("a wrong password: %v", err)
	}
}
