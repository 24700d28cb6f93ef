// Command schema writes what the plugin embeds, into plugin/: the schema of the package, with its version, and the
// mapping of Terraform's names; both are files of the provider's module.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const module = "github.com/pulumi/pulumi-kubernetes/provider/v4"

// Version is set by the linker; it is the version that npm's @pulumi/kubernetes asks for.
var Version string

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "schema:", err)
		os.Exit(1)
	}
}

func run() error {
	// This program imports nothing of the module, so it may not be on the machine yet.
	if printed, err := exec.Command("go", "mod", "download", module).CombinedOutput(); err != nil {
		return fmt.Errorf("go mod download %s: %w: %s", module, err, printed)
	}
	located, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		return fmt.Errorf("go list -m %s: %w", module, err)
	}
	sources := filepath.Join(strings.TrimSpace(string(located)), "cmd", "pulumi-resource-kubernetes")
	mapping, err := os.ReadFile(filepath.Join(sources, "terraform-mapping.json"))
	if err != nil {
		return err
	}
	if err := os.WriteFile("plugin/terraform-mapping.json", mapping, 0o644); err != nil {
		return err
	}
	document, err := os.ReadFile(filepath.Join(sources, "schema.json"))
	if err != nil {
		return err
	}
	var schema map[string]json.RawMessage
	if err := json.Unmarshal(document, &schema); err != nil {
		return err
	}
	if schema["version"], err = json.Marshal(Version); err != nil {
		return err
	}
	if document, err = json.Marshal(schema); err != nil {
		return err
	}
	return os.WriteFile("plugin/schema.json", document, 0o644)
}
