package recipe

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// checkout makes a module "ours" that requires another one, which a folder stands for, and returns the root of both.
func checkout(t *testing.T, source string) string {
	t.Helper()
	root := t.TempDir()
	writeFiles(t, root, map[string]string{
		"ours/go.mod":         "module ours\n\ngo 1.26.0\n\nrequire example.com/other v1.0.0\n\nreplace example.com/other => " + root + "/other\n",
		"ours/keep.go":        source,
		"other/go.mod":        "module example.com/other\n\ngo 1.26.0\n",
		"other/kept/kept.go":  "package kept\n",
		"other/docs/crds.yml": "kind: CustomResourceDefinition\n",
	})
	return root
}

// writeFiles writes files below a folder, content by path.
func writeFiles(t *testing.T, root string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func take(t *testing.T, root, path string) (out, log string, err error) {
	t.Helper()
	var printed bytes.Buffer
	job := Job{Checkout: root, Work: t.TempDir(), Out: t.TempDir(), Log: &printed}
	err = ModuleFile{Folder: "ours", Module: "example.com/other", Path: path, File: "crds.yaml"}.Build(context.Background(), job)
	return filepath.Join(job.Out, "crds.yaml"), printed.String(), err
}

const keeping = "package ours\n\nimport _ \"example.com/other/kept\"\n"

func TestAFileOfAModule(t *testing.T) {
	file, _, err := take(t, checkout(t, keeping), "docs/crds.yml")
	if err != nil {
		t.Fatal(err)
	}
	if content, err := os.ReadFile(file); err != nil || string(content) != "kind: CustomResourceDefinition\n" {
		t.Errorf("the file is %q (%v)", content, err)
	}
}

func TestAFileThatTheModuleLacksIsNamed(t *testing.T) {
	_, _, err := take(t, checkout(t, keeping), "docs/other.yml")
	if err == nil || !strings.Contains(err.Error(), "docs/other.yml") {
		t.Errorf("error is %v", err)
	}
}

func TestAModuleWithoutChecksumIsRefused(t *testing.T) {
	root := checkout(t, keeping)
	mod := filepath.Join(root, "ours/go.mod")
	// Required, not replaced, and without a go.sum: go would have to trust whatever it is sent.
	if err := os.WriteFile(mod, []byte("module ours\n\ngo 1.26.0\n\nrequire example.com/other v1.0.0\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, log, err := take(t, root, "docs/crds.yml")
	if err == nil || !strings.Contains(log, "missing go.sum entry") {
		t.Errorf("error is %v, and the log %q", err, log)
	}
}
