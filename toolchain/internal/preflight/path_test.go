package preflight

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// goOnly leaves nothing but the go command on PATH.
func goOnly(t *testing.T) {
	t.Helper()
	command, err := exec.LookPath("go")
	if err != nil {
		t.Skip("no go command on PATH")
	}
	command, err = filepath.EvalSymlinks(command)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.Symlink(command, filepath.Join(folder, "go")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder)
}
