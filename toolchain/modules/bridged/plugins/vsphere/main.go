// Command pulumi-resource-vsphere is the vSphere resource plugin of Pulumi.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"

	"sitewright/toolchain/modules/bridged/providers/vsphere"
)

// Both files are written by ../../generate before the build.
var (
	//go:embed schema.json
	schema []byte
	//go:embed bridge-metadata.json
	metadata []byte
)

func main() {
	tfbridge.Main("vsphere", vsphere.Version, vsphere.Describe(metadata), schema)
}
