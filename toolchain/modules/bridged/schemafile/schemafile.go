// Package schemafile writes what a plugin embeds.
package schemafile

import (
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/unstable/metadata"
)

// Write stores the schema of a package and the metadata that its generation has filled in, in plugins/<package> below
// the working directory.
func Write(info tfbridge.ProviderInfo, schema []byte) error {
	folder := filepath.Join("plugins", info.Name)
	if err := os.WriteFile(filepath.Join(folder, "schema.json"), schema, 0o644); err != nil {
		return err
	}
	filled := (*metadata.Data)(info.MetadataInfo.Data).Marshal()
	return os.WriteFile(filepath.Join(folder, "bridge-metadata.json"), filled, 0o644)
}
