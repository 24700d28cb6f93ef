// Package authorization keeps roles and permissions, and answers for them.
package authorization

import (
	"fmt"
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"sitewright/lab/simulator/internal/accounts"
	"sitewright/lab/simulator/internal/journal"
)

// Manager is the manager of roles and permissions. The simulator's own grants every privilege to everybody,
// gives each new role the identifier 0 and lets a list of permissions replace the one before; this one answers as a
// vCenter does: a permission counts on its entity and, where it propagates, below, until a nearer one takes its place.
// It knows no membership in groups. Calls other than its own are not refused for want of a privilege.
type Manager struct {
	*simulator.AuthorizationManager

	registry    *simulator.Registry
	root        types.ManagedObjectReference
	accounts    *accounts.Directory
	journal     *journal.Journal
	permissions []types.Permission // the administrator's, then those of clients; Entity is always set
}

const (
	administrator = int32(-1) // the built-in role Admin
	firstRole     = int32(1001)
)

// New returns the manager of a service, with all rights for the administrator and none for others.
func New(service *simulator.Service, administratorName string, directory *accounts.Directory, records *journal.Journal) *Manager {
	registry := service.Context.Map
	content := registry.Get(vim25.ServiceInstance).(*simulator.ServiceInstance).Content
	a := &Manager{
		AuthorizationManager: registry.Get(*content.AuthorizationManager).(*simulator.AuthorizationManager),
		registry:             registry, root: content.RootFolder, accounts: directory, journal: records,
	}
	a.permissions = []types.Permission{{Entity: &a.root, Principal: administratorName, RoleId: administrator, Propagate: true}}
	return a
}

// Recover reads the journal and drops permissions on what is gone: it comes after the recovery of all objects.
func (a *Manager) Recover() error {
	record, err := a.journal.ReadAccess()
	if err != nil {
		return err
	}
	for _, role := range record.Roles {
		a.RoleList = append(a.RoleList, types.AuthorizationRole{
			RoleId: role.ID, Name: role.Name, Privilege: role.Privileges,
			Info: &types.Description{Label: role.Name, Summary: role.Name},
		})
	}
	for _, one := range record.Permissions {
		entity := types.ManagedObjectReference{Type: one.Type, Value: one.Object}
		if a.registry.Get(entity) == nil {
			continue
		}
		a.permissions = append(a.permissions, types.Permission{
			Entity: &entity, Principal: one.Principal, Group: one.Group, RoleId: one.Role, Propagate: one.Propagate,
		})
	}
	return nil
}

// recorded writes the journal.
func (a *Manager) recorded() *soap.Fault {
	record := journal.Access{Roles: []journal.Role{}, Permissions: []journal.Permission{}}
	for _, role := range a.RoleList {
		if role.RoleId >= firstRole {
			record.Roles = append(record.Roles, journal.Role{ID: role.RoleId, Name: role.Name, Privileges: role.Privilege})
		}
	}
	for _, one := range a.permissions[1:] {
		record.Permissions = append(record.Permissions, journal.Permission{
			Type: one.Entity.Type, Object: one.Entity.Value, Principal: one.Principal, Group: one.Group, Role: one.RoleId,
			Propagate: one.Propagate,
		})
	}
	if err := a.journal.WriteAccess(record); err != nil {
		return simulator.Fault(err.Error(), &types.RuntimeFault{})
	}
	return nil
}

// Forget drops the permissions on an entity that is gone: its identifier may be handed out again.
func (a *Manager) Forget(ctx *simulator.Context, entity types.ManagedObjectReference) {
	ctx.WithLock(a.Self, func() {
		before := len(a.permissions)
		a.permissions = slices.DeleteFunc(a.permissions, func(one types.Permission) bool { return *one.Entity == entity })
		if len(a.permissions) != before {
			a.recorded()
		}
	})
}

// privileges of a user on an entity.
func (a *Manager) privileges(user string, entity types.ManagedObjectReference) []string {
	return a.line(accounts.Principal(user), entity, false)
}

// line looks for the nearest permission from an entity upwards. A machine has two parents: its folder and its pool.
func (a *Manager) line(user string, entity types.ManagedObjectReference, inherited bool) []string {
	for _, one := range a.permissions {
		if *one.Entity == entity && !one.Group && accounts.Principal(one.Principal) == user && (one.Propagate || !inherited) {
			return a.role(one.RoleId)
		}
	}
	object, ok := a.registry.Get(entity).(mo.Entity)
	if !ok {
		return nil
	}
	var found []string
	if parent := object.Entity().Parent; parent != nil {
		found = append(found, a.line(user, *parent, true)...)
	}
	if machine, ok := object.(*simulator.VirtualMachine); ok && machine.ResourcePool != nil {
		found = append(found, a.line(user, *machine.ResourcePool, true)...)
	}
	return found
}

func (a *Manager) role(id int32) []string {
	for _, role := range a.RoleList {
		if role.RoleId == id {
			return role.Privilege
		}
	}
	return nil
}

// refused is a fault when the caller lacks a privilege on an entity. Calls from within this process are always allowed.
func (a *Manager) refused(ctx *simulator.Context, entity types.ManagedObjectReference, privilege string) *soap.Fault {
	if ctx.Session.UserName == "" || slices.Contains(a.privileges(ctx.Session.UserName, entity), privilege) {
		return nil
	}
	return simulator.Fault(fmt.Sprintf("Permission to perform this operation was denied: %s", privilege),
		&types.NoPermission{Object: &entity, PrivilegeId: privilege})
}

func (a *Manager) availability(user string, entity types.ManagedObjectReference, wanted []string) []types.PrivilegeAvailability {
	granted := a.privileges(user, entity)
	found := make([]types.PrivilegeAvailability, 0, len(wanted))
	for _, id := range wanted {
		found = append(found, types.PrivilegeAvailability{PrivId: id, IsGranted: slices.Contains(granted, id)})
	}
	return found
}

// HasPrivilegeOnEntities answers for the caller's own session.
func (a *Manager) HasPrivilegeOnEntities(ctx *simulator.Context, request *types.HasPrivilegeOnEntities) soap.HasFault {
	body := &methods.HasPrivilegeOnEntitiesBody{}
	if request.SessionId != ctx.Session.Key {
		body.Fault_ = simulator.Fault("no such session", &types.InvalidArgument{InvalidProperty: "sessionId"})
		return body
	}
	body.Res = &types.HasPrivilegeOnEntitiesResponse{}
	for _, entity := range request.Entity {
		body.Res.Returnval = append(body.Res.Returnval, types.EntityPrivilege{
			Entity: entity, PrivAvailability: a.availability(ctx.Session.UserName, entity, request.PrivId),
		})
	}
	return body
}

// HasPrivilegeOnEntity is refused: the encoding drops every "no" from a list of truth values.
func (a *Manager) HasPrivilegeOnEntity(*types.HasPrivilegeOnEntity) soap.HasFault {
	return &methods.HasPrivilegeOnEntityBody{Fault_: simulator.Fault("use HasPrivilegeOnEntities", &types.NotSupported{})}
}

// HasUserPrivilegeOnEntities answers for any user.
func (a *Manager) HasUserPrivilegeOnEntities(request *types.HasUserPrivilegeOnEntities) soap.HasFault {
	response := &types.HasUserPrivilegeOnEntitiesResponse{}
	for _, entity := range request.Entities {
		response.Returnval = append(response.Returnval, types.EntityPrivilege{
			Entity: entity, PrivAvailability: a.availability(request.UserName, entity, request.PrivId),
		})
	}
	return &methods.HasUserPrivilegeOnEntitiesBody{Res: response}
}

// FetchUserPrivilegeOnEntities lists what any user may do.
func (a *Manager) FetchUserPrivilegeOnEntities(request *types.FetchUserPrivilegeOnEntities) soap.HasFault {
	response := &types.FetchUserPrivilegeOnEntitiesResponse{}
	for _, entity := range request.Entities {
		response.Returnval = append(response.Returnval, types.UserPrivilegeResult{
			Entity: entity, Privileges: a.privileges(request.UserName, entity),
		})
	}
	return &methods.FetchUserPrivilegeOnEntitiesBody{Res: response}
}

// RetrieveEntityPermissions lists the permissions on an entity, and on request those that reach it from above.
func (a *Manager) RetrieveEntityPermissions(request *types.RetrieveEntityPermissions) soap.HasFault {
	response := &types.RetrieveEntityPermissionsResponse{}
	for entity, inherited := &request.Entity, false; entity != nil; inherited = true {
		for _, one := range a.permissions {
			if *one.Entity == *entity && (one.Propagate || !inherited) {
				response.Returnval = append(response.Returnval, one)
			}
		}
		object, ok := a.registry.Get(*entity).(mo.Entity)
		if !request.Inherited || !ok {
			break
		}
		entity = object.Entity().Parent
	}
	return &methods.RetrieveEntityPermissionsBody{Res: response}
}

// RetrieveAllPermissions lists all permissions.
func (a *Manager) RetrieveAllPermissions(*types.RetrieveAllPermissions) soap.HasFault {
	return &methods.RetrieveAllPermissionsBody{Res: &types.RetrieveAllPermissionsResponse{Returnval: a.permissions}}
}

// RetrieveRolePermissions lists the permissions that use a role.
func (a *Manager) RetrieveRolePermissions(request *types.RetrieveRolePermissions) soap.HasFault {
	response := &types.RetrieveRolePermissionsResponse{}
	for _, one := range a.permissions {
		if one.RoleId == request.RoleId {
			response.Returnval = append(response.Returnval, one)
		}
	}
	return &methods.RetrieveRolePermissionsBody{Res: response}
}
