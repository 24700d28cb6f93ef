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

// grantRequest is one permission.
type grantRequest struct {
	VCenter    vcenter `json:"vcenter"`
	Datacenter string  `json:"datacenter"`
	Entity     entity  `json:"entity"`
	User       string  `json:"user"`
	// Role is the identifier of a role, or the name of one that comes with the vCenter.
	Role      string `json:"role"`
	Propagate bool   `json:"propagate"`
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
			if one.Group || one.RoleId != role || !strings.EqualFold(principal(one.Principal), principal(r.User)) {
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
	role, err := strconv.ParseInt(r.Role, 10, 32)
	if err != nil {
		roles, err := access.RoleList(ctx)
		if err != nil {
			return err
		}
		named := roles.ByName(r.Role)
		if named == nil {
			return fmt.Errorf("the vCenter has no role %s", r.Role)
		}
		role = int64(named.RoleId)
	}
	return act(access, entity, int32(role))
}
