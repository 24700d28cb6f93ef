package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

// grantedRequest asks which of several permissions there are.
type grantedRequest struct {
	VCenter     vcenter      `json:"vcenter"`
	Datacenter  string       `json:"datacenter"`
	Permissions []permission `json:"permissions"`
}

// granted prints a list of truths in the order of the permissions.
func (r grantedRequest) granted(ctx context.Context, output io.Writer) error {
	session, err := reach(ctx, r.VCenter)
	if err != nil {
		return err
	}
	defer session.close()
	if err := session.inDatacenter(ctx, r.Datacenter); err != nil {
		return err
	}
	access := object.NewAuthorizationManager(session.Client)
	roles, err := access.RoleList(ctx)
	if err != nil {
		return err
	}
	answers := make([]bool, len(r.Permissions))
	for i, wanted := range r.Permissions {
		if answers[i], err = wanted.isThere(ctx, session, access, roles); err != nil {
			return err
		}
	}
	return json.NewEncoder(output).Encode(answers)
}

// isThere tells whether the account has the role on the entity itself. It does not where entity or role are not there.
func (p permission) isThere(ctx context.Context, session *connection, access *object.AuthorizationManager, roles object.AuthorizationRoleList) (bool, error) {
	role, ok := roleID(roles, p.Role)
	if !ok {
		return false, nil
	}
	reference, err := session.find(ctx, p.Entity)
	var gone *find.NotFoundError
	if errors.As(err, &gone) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	there, err := access.RetrieveEntityPermissions(ctx, reference, false)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(there, func(one types.Permission) bool {
		return p.isOf(one) && one.RoleId == role && one.Propagate == p.Propagate
	}), nil
}
