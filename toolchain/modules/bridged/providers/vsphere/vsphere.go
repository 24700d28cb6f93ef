// Package vsphere describes the vsphere package: its name, version and tokens.
package vsphere

import (
	"github.com/hashicorp/terraform-plugin-sdk/helper/schema"
	"github.com/hashicorp/terraform-provider-vsphere/vsphere"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	sdkv1 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v1"
)

// Version is set by the linker; it is the version that the npm package of the same name asks for.
var Version string

// Describe makes the description from the metadata that the generator left (nil while generating), under the tokens of the official @pulumi/vsphere 4.17.0. The provider below it
// is older than the official one's, so what it offers is a subset; where the official names differ, they are given here.
func Describe(metadata []byte) tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:            sdkv1.NewProvider(vsphere.Provider().(*schema.Provider)),
		Name:         "vsphere",
		Version:      Version,
		DisplayName:  "vSphere",
		Description:  "A Pulumi package for creating vSphere resources.",
		GitHubOrg:    "hashicorp",
		License:      "Apache-2.0",
		MetadataInfo: tfbridge.NewProviderMetadata(metadata),
		Resources: map[string]*tfbridge.ResourceInfo{
			"vsphere_virtual_machine": {Fields: map[string]*tfbridge.SchemaInfo{
				"cdrom": {Name: "cdroms", MaxItemsOne: tfbridge.False()},
			}},
		},
		DataSources: map[string]*tfbridge.DataSourceInfo{
			"vsphere_storage_policy": {Tok: tfbridge.MakeDataSource("vsphere", "index", "getPolicy")},
		},
		JavaScript: &tfbridge.JavaScriptInfo{
			RespectSchemaVersion: true,
			Dependencies:         map[string]string{"@pulumi/pulumi": "^3.142.0"},
		},
	}
	info.MustComputeTokens(tokens.SingleModule("vsphere_", "index", tokens.MakeStandard("vsphere")))
	info.SetAutonaming(255, "-")
	return info
}
