package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// writeSDK writes the TypeScript sources of the package into a folder; they still have to be compiled.
func writeSDK(spec schema.PackageSpec, folder string) error {
	languages := map[string]schema.Language{"nodejs": nodejs.Importer}
	bound, err := schema.ImportSpec(spec, languages, schema.NewNullLoader(), schema.ValidationOptions{})
	if err != nil {
		return fmt.Errorf("schema of %s: %w", spec.Name, err)
	}
	files, err := nodejs.GeneratePackage("sitewright", bound, nil, nil, false, nil)
	if err != nil {
		return fmt.Errorf("sources of @pulumi/%s: %w", spec.Name, err)
	}
	for name, content := range files {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
