package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// authorization is the manager of roles and permissions. The simulator's own grants every privilege to everybody,
// gives each new role the identifier 0 and lets a list of permissions replace the one before; this one answers as a
// vCenter does: a permission counts on its entity and, where it propagates, below, until a nearer one takes its place.
// It knows no membership in groups. Calls other than its own are not refused for want of a privilege.
type authorization struct {
	*simulator.AuthorizationManager

	site        *site
	permissions []types.Permission // of clients; Entity is always set
}

// accessRecord is the file of roles and permissions that clients have made.
type accessRecord struct {
	Roles       []roleRecord       `json:"roles"`
	Permissions []permissionRecord `json:"permissions"`
}

type roleRecord struct {
	ID         int32    `json:"id"`
	Name       string   `json:"name"`
	Privileges []string `json:"privileges"`
}

type permissionRecord struct {
	Type      string `json:"type"` // of the entity
	Object    string `json:"object"`
	Principal string `json:"principal"`
	Group     bool   `json:"group"`
	Role      int32  `json:"role"`
	Propagate bool   `json:"propagate"`
}

const (
	administrator = int32(-1) // the built-in role Admin
	firstRole     = int32(1001)
)

// newAuthorization gives the configured user all rights, reads the journal and drops permissions on what is gone.
func newAuthorization(s *site) (*authorization, error) {
	content := s.service.Context.Map.Get(*s.serviceContent().AuthorizationManager)
	a := &authorization{AuthorizationManager: content.(*simulator.AuthorizationManager), site: s}
	root := s.serviceContent().RootFolder
	a.permissions = []types.Permission{{Entity: &root, Principal: s.config.User, RoleId: administrator, Propagate: true}}
	record, err := s.journal.readAccess()
	if err != nil {
		return nil, err
	}
	for _, role := range record.Roles {
		a.RoleList = append(a.RoleList, types.AuthorizationRole{
			RoleId: role.ID, Name: role.Name, Privilege: role.Privileges,
			Info: &types.Description{Label: role.Name, Summary: role.Name},
		})
	}
	for _, one := range record.Permissions {
		entity := types.ManagedObjectReference{Type: one.Type, Value: one.Object}
		if s.registry().Get(entity) == nil {
			continue
		}
		a.permissions = append(a.permissions, types.Permission{
			Entity: &entity, Principal: one.Principal, Group: one.Group, RoleId: one.Role, Propagate: one.Propagate,
		})
	}
	return a, nil
}

// recorded writes the journal.
func (a *authorization) recorded() *soap.Fault {
	record := accessRecord{Roles: []roleRecord{}, Permissions: []permissionRecord{}}
	for _, role := range a.RoleList {
		if role.RoleId >= firstRole {
			record.Roles = append(record.Roles, roleRecord{role.RoleId, role.Name, role.Privilege})
		}
	}
	for _, one := range a.permissions[1:] {
		record.Permissions = append(record.Permissions, permissionRecord{
			one.Entity.Type, one.Entity.Value, one.Principal, one.Group, one.RoleId, one.Propagate,
		})
	}
	if err := a.site.journal.write(filepath.Join(a.site.journal.directory, accessFile), record); err != nil {
		return simulator.Fault(err.Error(), &types.RuntimeFault{})
	}
	return nil
}

// forget drops the permissions on an entity that is gone: its identifier may be handed out again.
func (a *authorization) forget(ctx *simulator.Context, entity types.ManagedObjectReference) {
	ctx.WithLock(a.Self, func() {
		before := len(a.permissions)
		a.permissions = slices.DeleteFunc(a.permissions, func(one types.Permission) bool { return *one.Entity == entity })
		if len(a.permissions) != before {
			a.recorded()
		}
	})
}

// principal is the name under which an account is compared: user@domain and DOMAIN\user are one.
func principal(user string) string {
	if name, domain, ok := strings.Cut(user, "@"); ok {
		user = domain + `\` + name
	}
	return strings.ToLower(user)
}

// privileges of a user on an entity.
func (a *authorization) privileges(user string, entity types.ManagedObjectReference) []string {
	return a.line(principal(user), entity, false)
}

// line looks for the nearest permission from an entity upwards. A machine has two parents: its folder and its pool.
func (a *authorization) line(user string, entity types.ManagedObjectReference, inherited bool) []string {
	for _, one := range a.permissions {
		if *one.Entity == entity && !one.Group && principal(one.Principal) == user && (one.Propagate || !inherited) {
			return a.role(one.RoleId)
		}
	}
	object, ok := a.site.registry().Get(entity).(mo.Entity)
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

func (a *authorization) role(id int32) []string {
	for _, role := range a.RoleList {
		if role.RoleId == id {
			return role.Privilege
		}
	}
	return nil
}

// refused is a fault when the caller lacks a privilege on an entity. Calls from within this process are always allowed.
func (a *authorization) refused(ctx *simulator.Context, entity types.ManagedObjectReference, privilege string) *soap.Fault {
	if ctx.Session.UserName == "" || slices.Contains(a.privileges(ctx.Session.UserName, entity), privilege) {
		return nil
	}
	return simulator.Fault(fmt.Sprintf("Permission to perform this operation was denied: %s", privilege),
		&types.NoPermission{Object: &entity, PrivilegeId: privilege})
}

func (a *authorization) availability(user string, entity types.ManagedObjectReference, wanted []string) []types.PrivilegeAvailability {
	granted := a.privileges(user, entity)
	found := make([]types.PrivilegeAvailability, 0, len(wanted))
	for _, id := range wanted {
		found = append(found, types.PrivilegeAvailability{PrivId: id, IsGranted: slices.Contains(granted, id)})
	}
	return found
}

// HasPrivilegeOnEntities answers for the caller's own session.
func (a *authorization) HasPrivilegeOnEntities(ctx *simulator.Context, request *types.HasPrivilegeOnEntities) soap.HasFault {
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
func (a *authorization) HasPrivilegeOnEntity(*types.HasPrivilegeOnEntity) soap.HasFault {
	return &methods.HasPrivilegeOnEntityBody{Fault_: simulator.Fault("use HasPrivilegeOnEntities", &types.NotSupported{})}
}

// HasUserPrivilegeOnEntities answers for any user.
func (a *authorization) HasUserPrivilegeOnEntities(request *types.HasUserPrivilegeOnEntities) soap.HasFault {
	response := &types.HasUserPrivilegeOnEntitiesResponse{}
	for _, entity := range request.Entities {
		response.Returnval = append(response.Returnval, types.EntityPrivilege{
			Entity: entity, PrivAvailability: a.availability(request.UserName, entity, request.PrivId),
		})
	}
	return &methods.HasUserPrivilegeOnEntitiesBody{Res: response}
}

// FetchUserPrivilegeOnEntities lists what any user may do.
func (a *authorization) FetchUserPrivilegeOnEntities(request *types.FetchUserPrivilegeOnEntities) soap.HasFault {
	response := &types.FetchUserPrivilegeOnEntitiesResponse{}
	for _, entity := range request.Entities {
		response.Returnval = append(response.Returnval, types.UserPrivilegeResult{
			Entity: entity, Privileges: a.privileges(request.UserName, entity),
		})
	}
	return &methods.FetchUserPrivilegeOnEntitiesBody{Res: response}
}

// RetrieveEntityPermissions lists the permissions on an entity, and on request those that reach it from above.
func (a *authorization) RetrieveEntityPermissions(request *types.RetrieveEntityPermissions) soap.HasFault {
	response := &types.RetrieveEntityPermissionsResponse{}
	for entity, inherited := &request.Entity, false; entity != nil; inherited = true {
		for _, one := range a.permissions {
			if *one.Entity == *entity && (one.Propagate || !inherited) {
				response.Returnval = append(response.Returnval, one)
			}
		}
		object, ok := a.site.registry().Get(*entity).(mo.Entity)
		if !request.Inherited || !ok {
			break
		}
		entity = object.Entity().Parent
	}
	return &methods.RetrieveEntityPermissionsBody{Res: response}
}

// RetrieveAllPermissions lists all permissions.
func (a *authorization) RetrieveAllPermissions(*types.RetrieveAllPermissions) soap.HasFault {
	return &methods.RetrieveAllPermissionsBody{Res: &types.RetrieveAllPermissionsResponse{Returnval: a.permissions}}
}

// RetrieveRolePermissions lists the permissions that use a role.
func (a *authorization) RetrieveRolePermissions(request *types.RetrieveRolePermissions) soap.HasFault {
	response := &types.RetrieveRolePermissionsResponse{}
	for _, one := range a.permissions {
		if one.RoleId == request.RoleId {
			response.Returnval = append(response.Returnval, one)
		}
	}
	return &methods.RetrieveRolePermissionsBody{Res: response}
}

func (a *authorization) root() types.ManagedObjectReference {
	return a.site.serviceContent().RootFolder
}
