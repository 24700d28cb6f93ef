package main

import (
	"context"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

const triggersKey = "triggers"

// withTriggerRule makes Diff follow the documented rule for triggers: a changed trigger updates a resource that has an
// `update` command and replaces any other.
func withTriggerRule(provider p.Provider) p.Provider {
	inner := provider.Diff
	provider.Diff = func(ctx context.Context, req p.DiffRequest) (p.DiffResponse, error) {
		resp, err := inner(ctx, req)
		if err != nil {
			return resp, err
		}
		resp.DetailedDiff = applyTriggerRule(resp.DetailedDiff, hasUpdateCommand(req.Inputs))
		return resp, nil
	}
	return provider
}

// hasUpdateCommand tells whether `update` is given; a value not known yet counts as given.
func hasUpdateCommand(inputs property.Map) bool {
	update, found := inputs.GetOk("update")
	return found && !update.IsNull()
}

// applyTriggerRule rewrites the entries for triggers of a detailed diff.
//
// For an update they become one entry at the path "triggers". The path matters: the SDKs register every resource with
// replaceOnChanges "triggers[*]", which the engine matches against element paths such as "triggers[0]" and turns into a
// replacement whatever kind the provider reports.
func applyTriggerRule(diff map[string]p.PropertyDiff, hasUpdate bool) map[string]p.PropertyDiff {
	ruled := make(map[string]p.PropertyDiff, len(diff))
	for path, change := range diff {
		switch {
		case !isTriggerPath(path):
			ruled[path] = change
		case hasUpdate:
			ruled[triggersKey] = p.PropertyDiff{Kind: p.Update, InputDiff: true}
		default:
			ruled[path] = p.PropertyDiff{Kind: replacing(change.Kind), InputDiff: change.InputDiff}
		}
	}
	return ruled
}

func isTriggerPath(path string) bool {
	rest, found := strings.CutPrefix(path, triggersKey)
	return found && (rest == "" || rest[0] == '[' || rest[0] == '.')
}

func replacing(kind p.DiffKind) p.DiffKind {
	switch kind {
	case p.Add:
		return p.AddReplace
	case p.Delete:
		return p.DeleteReplace
	case p.Update:
		return p.UpdateReplace
	default:
		return kind
	}
}
