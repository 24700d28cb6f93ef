// Command framework writes what the tls and random plugins embed. The vsphere plugin has a generator of its own, because
// both plugin kits register the same protocol messages and cannot be in one program.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfgen"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"

	"sitewright/toolchain/modules/bridged/providers/random"
	"sitewright/toolchain/modules/bridged/providers/tls"
	"sitewright/toolchain/modules/bridged/schemafile"
)

func main() {
	for _, info := range []tfbridge.ProviderInfo{tls.Describe(nil), random.Describe(nil)} {
		if err := write(info); err != nil {
			fmt.Fprintf(os.Stderr, "schema of %s: %v\n", info.Name, err)
			os.Exit(1)
		}
	}
}

func write(info tfbridge.ProviderInfo) error {
	generated, err := tfgen.GenerateSchema(context.Background(), tfgen.GenerateSchemaOptions{
		ProviderInfo:    info,
		DiagnosticsSink: diag.DefaultSink(os.Stderr, os.Stderr, diag.FormatOptions{Color: colors.Never}),
		XInMemoryDocs:   true,
	})
	if err != nil {
		return err
	}
	return schemafile.Write(info, generated.ProviderMetadata.PackageSchema)
}
