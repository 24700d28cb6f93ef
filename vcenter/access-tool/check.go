package main

import (
	"context"
	"slices"
	"strings"

	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// check never fails: whatever goes wrong is a line of the report.
func check(ctx context.Context, request checkRequest) *report {
	r := &report{
		Logins: map[string]loginReport{}, Objects: map[string]objectReport{},
		Missing: []missing{}, Unknown: []unknown{}, Machines: []machineReport{},
	}
	shown, err := look(ctx, request.VCenter)
	if err != nil {
		r.Unreachable = err.Error()
		return r
	}
	r.Certificate = shown
	if !shown.passes(request.VCenter) {
		return r
	}
	sessions := map[string]*connection{}
	defer func() {
		for _, one := range sessions {
			one.close()
		}
	}()
	for _, one := range request.Accounts {
		if one.Password == "" {
			continue
		}
		server := request.VCenter
		server.User, server.Password = one.User, one.Password
		session, err := connect(ctx, server, shown)
		r.Logins[one.Name] = loginReport{outcome(err), text(err)}
		if err == nil {
			sessions[one.User] = session
		}
	}
	asking := sessions[request.VCenter.User]
	if asking == nil {
		return r
	}
	found := r.objects(ctx, asking, request)
	for _, one := range request.Accounts {
		if session := sessions[one.User]; session != nil {
			r.own(ctx, session, one, found)
		} else if one.Password == "" {
			r.others(ctx, asking, one, found)
		}
	}
	if reference, ok := found[request.Template]; ok {
		r.describe(ctx, asking, reference)
	}
	if reference, ok := found[request.Folder]; ok {
		r.list(ctx, asking, reference)
	}
	return r
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// objects looks for all entities.
func (r *report) objects(ctx context.Context, asking *connection, request checkRequest) map[string]types.ManagedObjectReference {
	found := map[string]types.ManagedObjectReference{}
	inDatacenter := asking.inDatacenter(ctx, request.Datacenter)
	for name, wanted := range request.Entities {
		if inDatacenter != nil && wanted.Kind != "vcenter" && wanted.Kind != "datacenter" {
			continue // Without the datacenter there is nothing to say about what is in it.
		}
		reference, err := asking.find(ctx, wanted)
		r.Objects[name] = objectReport{err == nil, text(err)}
		if err == nil {
			found[name] = reference
		}
	}
	return found
}

// own asks an account's own session.
func (r *report) own(ctx context.Context, session *connection, one account, found map[string]types.ManagedObjectReference) {
	for _, wanted := range one.Wanted {
		reference, name, ok := at(wanted, found)
		if !ok {
			continue
		}
		answer, err := methods.HasPrivilegeOnEntities(ctx, session, &types.HasPrivilegeOnEntities{
			This:   *session.ServiceContent.AuthorizationManager,
			Entity: []types.ManagedObjectReference{reference}, SessionId: session.key, PrivId: wanted.Privileges,
		})
		if err != nil {
			if !fault.Is(err, &types.NoPermission{}) {
				r.Unknown = append(r.Unknown, unknown{one.Name, err.Error()})
				return
			}
			// For an account that may not even see an entity, the answer is this error and no list.
			r.lacking(one, name, wanted.Privileges)
			continue
		}
		var lacking []string
		for _, entity := range answer.Returnval {
			for _, privilege := range entity.PrivAvailability {
				if !privilege.IsGranted {
					lacking = append(lacking, privilege.PrivId)
				}
			}
		}
		r.lacking(one, name, lacking)
	}
}

// others asks about an account whose password is not at hand.
func (r *report) others(ctx context.Context, asking *connection, one account, found map[string]types.ManagedObjectReference) {
	if exists, err := userExists(ctx, asking, one.User); err == nil && !exists {
		r.Logins[one.Name] = loginReport{Outcome: "absent"}
		return
	}
	for _, wanted := range one.Wanted {
		reference, name, ok := at(wanted, found)
		if !ok {
			continue
		}
		answer, err := object.NewAuthorizationManager(asking.Client).
			FetchUserPrivilegeOnEntities(ctx, []types.ManagedObjectReference{reference}, principal(one.User))
		if err != nil {
			r.Unknown = append(r.Unknown, unknown{one.Name, err.Error()})
			return
		}
		var granted, lacking []string
		for _, entity := range answer {
			granted = append(granted, entity.Privileges...)
		}
		for _, privilege := range wanted.Privileges {
			if !slices.Contains(granted, privilege) {
				lacking = append(lacking, privilege)
			}
		}
		r.lacking(one, name, lacking)
	}
}

func (r *report) lacking(one account, entity string, privileges []string) {
	if len(privileges) > 0 {
		r.Missing = append(r.Missing, missing{one.Name, entity, privileges})
	}
}

// at is the entity to ask about.
func at(one wanted, found map[string]types.ManagedObjectReference) (types.ManagedObjectReference, string, bool) {
	for _, name := range []string{one.Entity, one.OrElse} {
		if reference, ok := found[name]; ok {
			return reference, name, true
		}
	}
	return types.ManagedObjectReference{}, "", false
}

// userExists looks into the vCenter's directory.
func userExists(ctx context.Context, asking *connection, user string) (bool, error) {
	name, domain, _ := strings.Cut(user, "@")
	answer, err := methods.RetrieveUserGroups(ctx, asking, &types.RetrieveUserGroups{
		This: *asking.ServiceContent.UserDirectory, Domain: domain, SearchStr: name, ExactMatch: true, FindUsers: true,
	})
	if err != nil {
		return false, err
	}
	return len(answer.Returnval) > 0, nil
}

// describe reads what a clone needs of its template.
func (r *report) describe(ctx context.Context, asking *connection, template types.ManagedObjectReference) {
	var machine mo.VirtualMachine
	properties := []string{"config.version", "config.hardware.device", "snapshot"}
	if err := property.DefaultCollector(asking.Client).RetrieveOne(ctx, template, properties, &machine); err != nil || machine.Config == nil {
		return
	}
	version, _ := types.ParseHardwareVersion(machine.Config.Version)
	devices := object.VirtualDeviceList(machine.Config.Hardware.Device)
	r.Template = &templateReport{
		HardwareVersion: int(version),
		Disks:           len(devices.SelectByType((*types.VirtualDisk)(nil))),
		NetworkCards:    len(devices.SelectByType((*types.VirtualEthernetCard)(nil))),
	}
	if machine.Snapshot != nil {
		r.Template.Snapshots = count(machine.Snapshot.RootSnapshotList)
	}
}

func count(snapshots []types.VirtualMachineSnapshotTree) int {
	total := len(snapshots)
	for _, one := range snapshots {
		total += count(one.ChildSnapshotList)
	}
	return total
}

// list names the machines in a folder.
func (r *report) list(ctx context.Context, asking *connection, folder types.ManagedObjectReference) {
	var content mo.Folder
	collector := property.DefaultCollector(asking.Client)
	if err := collector.RetrieveOne(ctx, folder, []string{"childEntity"}, &content); err != nil {
		return
	}
	references := slices.DeleteFunc(content.ChildEntity, func(one types.ManagedObjectReference) bool {
		return one.Type != "VirtualMachine"
	})
	if len(references) == 0 {
		return
	}
	var machines []mo.VirtualMachine
	if err := collector.Retrieve(ctx, references, []string{"name", "config.uuid"}, &machines); err != nil {
		return
	}
	for _, one := range machines {
		if one.Config != nil {
			r.Machines = append(r.Machines, machineReport{one.Name, one.Config.Uuid})
		}
	}
}
