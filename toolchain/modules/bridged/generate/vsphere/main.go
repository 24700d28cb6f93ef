// Command vsphere writes what the vsphere plugin embeds and, into the folder sdk, the TypeScript sources of
// @pulumi/vsphere.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfgen"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"

	"sitewright/toolchain/modules/bridged/providers/vsphere"
	"sitewright/toolchain/modules/bridged/schemafile"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "vsphere:", err)
		os.Exit(1)
	}
}

func run() error {
	info := vsphere.Describe(nil)
	generated, err := tfgen.GenerateSchemaWithOptions(tfgen.GenerateSchemaOptions{
		ProviderInfo:    info,
		DiagnosticsSink: diag.DefaultSink(os.Stderr, os.Stderr, diag.FormatOptions{Color: colors.Never}),
		XInMemoryDocs:   true,
	})
	if err != nil {
		return err
	}
	schema, err := json.Marshal(generated.PackageSpec)
	if err != nil {
		return err
	}
	if err := schemafile.Write(info, schema); err != nil {
		return err
	}
	return writeSDK(generated.PackageSpec, "sdk")
}
