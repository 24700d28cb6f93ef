package main

import (
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// replaces tells what the engine makes of a diff for a resource registered, as the SDKs do, with replaceOnChanges
// "triggers[*]".
func replaces(diff p.DiffResponse) bool {
	forced, err := resource.ParsePropertyPath("triggers[*]")
	if err != nil {
		panic(err)
	}
	for path, change := range diff.DetailedDiff {
		parsed, err := resource.ParsePropertyPath(path)
		if err != nil {
			panic(err)
		}
		switch change.Kind {
		case p.AddReplace, p.DeleteReplace, p.UpdateReplace:
			return true
		}
		if forced.Contains(parsed) {
			return true
		}
	}
	return false
}

func TestChangedTriggersReplaceOrUpdate(t *testing.T) {
	for name, test := range map[string]struct {
		update   any
		old, new any
		replaced bool
	}{
		"element without update": {nil, []string{"1"}, []string{"2"}, true},
		"element with update":    {"echo", []string{"1"}, []string{"2"}, false},
		"added without update":   {nil, nil, []string{"2"}, true},
		"added with update":      {"echo", nil, []string{"2"}, false},
		"longer with update":     {"echo", []string{"1"}, []string{"1", "2"}, false},
		"removed without update": {nil, []string{"1"}, nil, true},
		"removed with update":    {"echo", []string{"1"}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			pl := startPlugin(t)
			inputs := func(triggers any) props {
				all := props{"create": "echo"}
				for key, content := range map[string]any{"update": test.update, "triggers": triggers} {
					if content != nil {
						all[key] = content
					}
				}
				return all
			}
			created := pl.create(localCommand, inputs(test.old))
			assert.False(t, pl.diff(localCommand, created.Properties, inputs(test.old)).HasChanges)
			diff := pl.diff(localCommand, created.Properties, inputs(test.new))
			require.True(t, diff.HasChanges)
			assert.Equal(t, test.replaced, replaces(diff), "%v", diff.DetailedDiff)
		})
	}
}

func TestOtherChangesUpdate(t *testing.T) {
	pl := startPlugin(t)
	created := pl.create(localCommand, props{"create": "echo", "triggers": []string{"1"}})
	diff := pl.diff(localCommand, created.Properties, props{"create": "echo 2", "triggers": []string{"1"}})
	assert.True(t, diff.HasChanges)
	assert.False(t, replaces(diff))
}
