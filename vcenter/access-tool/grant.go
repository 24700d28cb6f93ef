package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

// permission is a role that an account has on an entity.
type permission struct {
	Entity entity `json:"entity"`
	User   string `json:"user"`
	// Role is the identifier of a role, or its name.
	Role      string `json:"role"`
	Propagate bool   `json:"propagate"`
}

// grantRequest is one permission to give or to take away.
type grantRequest struct {
	VCenter    vcenter `json:"vcenter"`
	Datacenter string  `json:"datacenter"`
	permission
}

// grant gives the role. A permission that the account has on the entity already is changed; those of others stay.
func (r grantRequest) grant(ctx context.Context, output io.Writer) error {
	return r.on(ctx, func(access *object.AuthorizationManager, entity types.ManagedObjectReference, role int32) error {
		permission := types.Permission{Principal: principal(r.User), RoleId: role, Propagate: r.Propagate}
		if err := access.SetEntityPermissions(ctx, entity, []types.Permission{permission}); err != nil {
			return fmt.Errorf("%s cannot be given role %s on %s %s: %w", r.User, r.Role, r.Entity.Kind, r.Entity.Name, err)
		}
		fmt.Fprintln(output, "granted")
		return nil
	})
}

// revoke takes the role away, where the account still has this one. What is gone already is no failure.
func (r grantRequest) revoke(ctx context.Context, output io.Writer) error {
	err := r.on(ctx, func(access *object.AuthorizationManager, entity types.ManagedObjectReference, role int32) error {
		there, err := access.RetrieveEntityPermissions(ctx, entity, false)
		if err != nil {
			return err
		}
		for _, one := range there {
			if one.RoleId != role || !r.isOf(one) {
				continue
			}
			if err := access.RemoveEntityPermission(ctx, entity, one.Principal, false); err != nil && !fault.Is(err, &types.NotFound{}) {
				return fmt.Errorf("role %s of %s on %s %s cannot be taken away: %w", r.Role, r.User, r.Entity.Kind, r.Entity.Name, err)
			}
		}
		fmt.Fprintln(output, "revoked")
		return nil
	})
	var gone *find.NotFoundError
	if errors.As(err, &gone) {
		fmt.Fprintln(output, "nothing to revoke: the entity is gone")
		return nil
	}
	return err
}

// isOf tells whether what an entity has is this account's.
func (p permission) isOf(one types.Permission) bool {
	return !one.Group && strings.EqualFold(principal(one.Principal), principal(p.User))
}

// on finds entity and role, and acts.
func (r grantRequest) on(ctx context.Context, act func(*object.AuthorizationManager, types.ManagedObjectReference, int32) error) error {
	session, err := reach(ctx, r.VCenter)
	if err != nil {
		return err
	}
	defer session.close()
	if err := session.inDatacenter(ctx, r.Datacenter); err != nil {
		return err
	}
	entity, err := session.find(ctx, r.Entity)
	if err != nil {
		return err
	}
	access := object.NewAuthorizationManager(session.Client)
	roles, err := access.RoleList(ctx)
	if err != nil {
		return err
	}
	role, ok := roleID(roles, r.Role)
	if !ok {
		return fmt.Errorf("the vCenter has no role %s", r.Role)
	}
	return act(access, entity, role)
}

// roleID is the identifier of a role that is named, or itself an identifier.
func roleID(roles object.AuthorizationRoleList, role string) (int32, bool) {
	if id, err := strconv.ParseInt(role, 10, 32); err == nil {
		return int32(id), true
	}
	if named := roles.ByName(role); named != nil {
		return named.RoleId, true
	}
	return 0, false
}
