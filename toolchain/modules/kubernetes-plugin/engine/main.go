// Command engine adapts the provider to the engine from 3.250 on, in whose schemas the description of the provider is a
// pointer. It makes a copy of the provider's module in which that line is changed, and points this module to it. The line
// is of the schema that is made for a package of custom resources; nothing else of the provider differs.
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

const (
	module = "github.com/pulumi/pulumi-kubernetes/provider/v4"
	folder = "provider"
	file   = "pkg/gen/schema.go"
	before = "Provider: pschema.ResourceSpec{"
	after  = "Provider: &pschema.ResourceSpec{"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "engine:", err)
		os.Exit(1)
	}
}

func run() error {
	if err := copyModule(); err != nil {
		return err
	}
	changed := filepath.Join(folder, file)
	source, err := os.ReadFile(changed)
	if err != nil {
		return err
	}
	if found := bytes.Count(source, []byte(before)); found != 1 {
		return fmt.Errorf("%s: %q is there %d times", changed, before, found)
	}
	if err := os.WriteFile(changed, bytes.Replace(source, []byte(before), []byte(after), 1), 0o644); err != nil {
		return err
	}
	_, err = command("mod", "edit", "-replace", module+"=./"+folder)
	return err
}

// copyModule copies the module, which may not be on the machine yet: this program imports nothing of it.
func copyModule() error {
	if _, err := command("mod", "download", module); err != nil {
		return err
	}
	original, err := command("list", "-m", "-f", "{{.Dir}}", module)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	return os.CopyFS(folder, os.DirFS(original))
}

// command runs go and returns what it prints.
func command(arguments ...string) (string, error) {
	printed, err := exec.Command("go", arguments...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go %v: %w: %s", arguments, err, printed)
	}
	return string(bytes.TrimSpace(printed)), nil
}
