package authorization

import (
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"sitewright/lab/simulator/internal/accounts"
)

// SetEntityPermissions adds permissions to an entity, each in the place of an earlier one for the same principal.
// Permissions of other principals stay, as in a vCenter.
func (a *Manager) SetEntityPermissions(ctx *simulator.Context, request *types.SetEntityPermissions) soap.HasFault {
	body := &methods.SetEntityPermissionsBody{}
	if body.Fault_ = a.refused(ctx, request.Entity, "Authorization.ModifyPermissions"); body.Fault_ != nil {
		return body
	}
	for _, one := range request.Permission {
		if !one.Group && !a.accounts.Has(one.Principal) {
			body.Fault_ = simulator.Fault("user not found: "+one.Principal, &types.UserNotFound{Principal: one.Principal})
			return body
		}
		if a.role(one.RoleId) == nil {
			body.Fault_ = simulator.Fault("role not found", &types.NotFound{})
			return body
		}
		one.Entity = &request.Entity
		a.permissions = append(slices.DeleteFunc(a.permissions, isFor(request.Entity, one.Principal, one.Group)), one)
	}
	if body.Fault_ = a.recorded(); body.Fault_ == nil {
		body.Res = &types.SetEntityPermissionsResponse{}
	}
	return body
}

// RemoveEntityPermission takes one principal's permission off an entity.
func (a *Manager) RemoveEntityPermission(ctx *simulator.Context, request *types.RemoveEntityPermission) soap.HasFault {
	body := &methods.RemoveEntityPermissionBody{}
	if body.Fault_ = a.refused(ctx, request.Entity, "Authorization.ModifyPermissions"); body.Fault_ != nil {
		return body
	}
	before := len(a.permissions)
	a.permissions = slices.DeleteFunc(a.permissions, isFor(request.Entity, request.User, request.IsGroup))
	if len(a.permissions) == before {
		body.Fault_ = simulator.Fault("no such permission", &types.NotFound{})
		return body
	}
	if body.Fault_ = a.recorded(); body.Fault_ == nil {
		body.Res = &types.RemoveEntityPermissionResponse{}
	}
	return body
}

func isFor(entity types.ManagedObjectReference, user string, group bool) func(types.Permission) bool {
	return func(one types.Permission) bool {
		return *one.Entity == entity && one.Group == group && accounts.Principal(one.Principal) == accounts.Principal(user)
	}
}

// AddAuthorizationRole makes a role and gives it an identifier of its own.
func (a *Manager) AddAuthorizationRole(ctx *simulator.Context, request *types.AddAuthorizationRole) soap.HasFault {
	if fault := a.refused(ctx, a.root, "Authorization.ModifyRoles"); fault != nil {
		return &methods.AddAuthorizationRoleBody{Fault_: fault}
	}
	id := firstRole
	for _, role := range a.RoleList {
		id = max(id, role.RoleId+1)
	}
	body := a.AuthorizationManager.AddAuthorizationRole(request).(*methods.AddAuthorizationRoleBody)
	if body.Fault_ == nil {
		a.RoleList[len(a.RoleList)-1].RoleId = id
		body.Res.Returnval = id
		body.Fault_ = a.recorded()
	}
	return body
}

// UpdateAuthorizationRole changes a role's name and privileges.
func (a *Manager) UpdateAuthorizationRole(ctx *simulator.Context, request *types.UpdateAuthorizationRole) soap.HasFault {
	if fault := a.refused(ctx, a.root, "Authorization.ModifyRoles"); fault != nil {
		return &methods.UpdateAuthorizationRoleBody{Fault_: fault}
	}
	body := a.AuthorizationManager.UpdateAuthorizationRole(request).(*methods.UpdateAuthorizationRoleBody)
	if body.Fault_ == nil {
		body.Fault_ = a.recorded()
	}
	return body
}

// RemoveAuthorizationRole removes a role; one that permissions use stays when the caller wants that, else they go too.
func (a *Manager) RemoveAuthorizationRole(ctx *simulator.Context, request *types.RemoveAuthorizationRole) soap.HasFault {
	if fault := a.refused(ctx, a.root, "Authorization.ModifyRoles"); fault != nil {
		return &methods.RemoveAuthorizationRoleBody{Fault_: fault}
	}
	uses := func(one types.Permission) bool { return one.RoleId == request.RoleId }
	if request.FailIfUsed && slices.ContainsFunc(a.permissions, uses) {
		return &methods.RemoveAuthorizationRoleBody{Fault_: simulator.Fault("the role is in use", &types.ResourceInUse{Type: "AuthorizationRole"})}
	}
	body := a.AuthorizationManager.RemoveAuthorizationRole(request).(*methods.RemoveAuthorizationRoleBody)
	if body.Fault_ == nil {
		a.permissions = slices.DeleteFunc(a.permissions, uses)
		body.Fault_ = a.recorded()
	}
	return body
}
