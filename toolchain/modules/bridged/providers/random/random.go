// Package random describes the random package: its name, version and tokens.
package random

import (
	pf "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	"github.com/terraform-providers/terraform-provider-random/shim"
)

// Version is set by the linker; it is the version that the npm package of the same name asks for.
var Version string

// Describe makes the description from the metadata that the generator left (nil while generating): values drawn once and kept in state (@pulumi/random).
func Describe(metadata []byte) tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:            pf.ShimProvider(shim.NewProvider()),
		Name:         "random",
		Version:      Version,
		DisplayName:  "Random",
		Description:  "A Pulumi package to safely use randomness in Pulumi programs.",
		GitHubOrg:    "terraform-providers",
		License:      "Apache-2.0",
		MetadataInfo: tfbridge.NewProviderMetadata(metadata),
	}
	// random_password is RandomPassword: a bare String or Bytes would hide the types of the languages.
	standard := tokens.MakeStandard("random")
	info.MustComputeTokens(tokens.SingleModule("random_", "index",
		func(module, name string) (string, error) { return standard(module, "Random"+name) }))
	info.MustApplyAutoAliases()
	return info
}
