package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/vmware/govmomi/object"
)

// roleRequest names a role that a killed update was creating.
type roleRequest struct {
	VCenter    vcenter  `json:"vcenter"`
	Name       string   `json:"name"`
	Privileges []string `json:"privileges"`
}

// remove deletes the role and prints "removed", or "absent" if there is none. A role that has other privileges, or that an account
// has, was created by others and stays.
func (r roleRequest) remove(ctx context.Context, output io.Writer) error {
	session, err := reach(ctx, r.VCenter)
	if err != nil {
		return err
	}
	defer session.close()
	access := object.NewAuthorizationManager(session.Client)
	roles, err := access.RoleList(ctx)
	if err != nil {
		return err
	}
	role := roles.ByName(r.Name)
	if role == nil {
		fmt.Fprintln(output, "absent")
		return nil
	}
	if !slices.Equal(ownPrivileges(role.Privilege), ownPrivileges(r.Privileges)) {
		return fmt.Errorf("the vCenter has a role %s already, with other privileges: it is none of ours", r.Name)
	}
	if err := access.RemoveRole(ctx, role.RoleId, true); err != nil {
		return fmt.Errorf("the vCenter has a role %s already, which cannot be removed: %w", r.Name, err)
	}
	fmt.Fprintln(output, "removed")
	return nil
}

// ownPrivileges leaves out those that a vCenter gives every role, and the order.
func ownPrivileges(all []string) []string {
	own := slices.DeleteFunc(slices.Clone(all), func(one string) bool { return strings.HasPrefix(one, "System.") })
	slices.Sort(own)
	return own
}
