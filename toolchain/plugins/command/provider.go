package main

import (
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi-go-provider/middleware/schema"

	"sitewright/toolchain/plugins/command/local"
	"sitewright/toolchain/plugins/command/remote"
)

const providerName = "command"

// newProvider assembles the provider: the inferred resources, the trigger rule of Diff around them, and outermost the
// redaction, so that no error leaves the plugin with a secret in it.
func newProvider() p.Provider {
	inferred := infer.Provider(infer.Options{
		Metadata: schema.Metadata{
			DisplayName: "Command",
			Description: "Runs commands on this machine and on remote hosts as part of the resource model.",
			Keywords:    []string{"pulumi", "command", "category/utility", "kind/native"},
			License:     "Apache-2.0",
		},
		Resources: []infer.InferredResource{
			infer.Resource(&local.Command{}),
			infer.Resource(&remote.Command{}),
			infer.Resource(&remote.CopyToRemote{}),
		},
		Functions: []infer.InferredFunction{
			infer.Function(&local.Run{}),
		},
	})
	return withRedaction(withTriggerRule(inferred))
}
