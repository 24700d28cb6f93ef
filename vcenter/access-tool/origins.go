package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/vmware/govmomi/event"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// originsRequest names machines that a killed update may have made.
type originsRequest struct {
	VCenter vcenter `json:"vcenter"`
	// Machines are inventory paths.
	Machines []string `json:"machines"`
	// Key of a machine's extra configuration by which its maker has marked it. No other is read out: some hold secrets.
	Key string `json:"key"`
}

// origin is where a machine comes from, as far as the vCenter can tell.
type origin struct {
	Path  string `json:"path"`
	Found bool   `json:"found"`
	// Complete is false while the vCenter has no configuration of it yet.
	Complete bool `json:"complete"`
	// UUID of the machine; empty while there is no configuration.
	UUID string `json:"uuid"`
	// Mark is the value of the key; empty where there is none.
	Mark string `json:"mark"`
	// Clone is the event of its making; nil where the vCenter knows none, or forgot it.
	Clone *clone `json:"clone"`
}

type clone struct {
	User string `json:"user"`
	// ByUs tells that it was the account that asks now.
	ByUs bool `json:"byUs"`
	// Source is the UUID of what was cloned; empty when that is gone.
	Source string `json:"source"`
	// AgeSeconds is the time since then by the vCenter's own clock.
	AgeSeconds float64 `json:"ageSeconds"`
}

// origins prints a JSON list in the order of the request.
func (r originsRequest) origins(ctx context.Context, output io.Writer) error {
	session, err := reach(ctx, r.VCenter)
	if err != nil {
		return err
	}
	defer session.close()
	found := []origin{}
	for _, path := range r.Machines {
		one, err := session.origin(ctx, r, path)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		found = append(found, one)
	}
	return json.NewEncoder(output).Encode(found)
}

func (c *connection) origin(ctx context.Context, r originsRequest, path string) (origin, error) {
	one := origin{Path: path}
	machine, err := c.finder.VirtualMachine(ctx, path)
	var absent *find.NotFoundError
	if errors.As(err, &absent) {
		return one, nil
	}
	if err != nil {
		return one, err
	}
	one.Found = true
	var properties mo.VirtualMachine
	if err := machine.Properties(ctx, machine.Reference(), []string{"config"}, &properties); err != nil {
		return one, err
	}
	if properties.Config != nil {
		one.Complete = true
		one.UUID = properties.Config.Uuid
		for _, option := range properties.Config.ExtraConfig {
			if value := option.GetOptionValue(); value.Key == r.Key {
				one.Mark, _ = value.Value.(string)
			}
		}
	}
	one.Clone, err = c.cloning(ctx, r.VCenter.User, machine)
	return one, err
}

// cloning looks for the newest event that tells of the machine's making.
func (c *connection) cloning(ctx context.Context, user string, machine *object.VirtualMachine) (*clone, error) {
	events, err := event.NewManager(c.Client).QueryEvents(ctx, types.EventFilterSpec{
		Entity: &types.EventFilterSpecByEntity{
			Entity: machine.Reference(), Recursion: types.EventFilterSpecRecursionOptionSelf,
		},
		EventTypeId: []string{"VmClonedEvent"},
	})
	if err != nil {
		return nil, err
	}
	var newest *types.VmClonedEvent
	for _, one := range events {
		// The source has such an event, too, when it was cloned itself.
		cloned, ok := one.(*types.VmClonedEvent)
		if ok && cloned.Vm != nil && cloned.Vm.Vm == machine.Reference() && (newest == nil || cloned.CreatedTime.After(newest.CreatedTime)) {
			newest = cloned
		}
	}
	if newest == nil {
		return nil, nil
	}
	now, err := methods.GetCurrentTime(ctx, c.Client)
	if err != nil {
		return nil, err
	}
	return &clone{
		User:       newest.UserName,
		ByUs:       sameUser(newest.UserName, user),
		Source:     c.uuid(ctx, newest.SourceVm.Vm),
		AgeSeconds: now.Sub(newest.CreatedTime).Round(time.Millisecond).Seconds(),
	}, nil
}

// uuid of a machine; empty when it is gone, or not to be seen.
func (c *connection) uuid(ctx context.Context, reference types.ManagedObjectReference) string {
	var properties mo.VirtualMachine
	machine := object.NewVirtualMachine(c.Client, reference)
	if err := machine.Properties(ctx, reference, []string{"config.uuid"}, &properties); err != nil || properties.Config == nil {
		return ""
	}
	return properties.Config.Uuid
}

// sameUser compares accounts as events name them, DOMAIN\user, with the form in which they log in.
func sameUser(one, other string) bool {
	return strings.EqualFold(principal(one), principal(other))
}
