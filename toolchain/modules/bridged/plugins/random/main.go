// Command pulumi-resource-random is the random resource plugin of Pulumi.
package main

import (
	"context"
	_ "embed"

	pf "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"

	"sitewright/toolchain/modules/bridged/providers/random"
)

// Both files are written by ../../generate before the build.
var (
	//go:embed schema.json
	schema []byte
	//go:embed bridge-metadata.json
	metadata []byte
)

func main() {
	pf.Main(context.Background(), "random", random.Describe(metadata), pf.ProviderMetadata{PackageSchema: schema})
}
