// Package tls describes the tls package: its name, version and tokens.
package tls

import (
	"github.com/hashicorp/terraform-provider-tls/shim"
	pf "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
)

// Version is set by the linker; it is the version that the npm package of the same name asks for.
var Version string

// Describe makes the description from the metadata that the generator left (nil while generating): keys, certificate requests and certificates (@pulumi/tls).
func Describe(metadata []byte) tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:            pf.ShimProvider(shim.NewProvider()),
		Name:         "tls",
		Version:      Version,
		DisplayName:  "TLS",
		Description:  "A Pulumi package to create TLS resources in Pulumi programs.",
		GitHubOrg:    "hashicorp",
		License:      "Apache-2.0",
		MetadataInfo: tfbridge.NewProviderMetadata(metadata),
	}
	info.MustComputeTokens(tokens.SingleModule("tls_", "index", tokens.MakeStandard("tls")))
	info.MustApplyAutoAliases()
	return info
}
