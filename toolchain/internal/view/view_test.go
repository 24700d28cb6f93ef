package view

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func file(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAViewHoldsFilesAndFoldersUnderTheirNames(t *testing.T) {
	pieces, out := t.TempDir(), t.TempDir()
	file(t, filepath.Join(pieces, "cni", "bridge"), "b")
	tool := file(t, filepath.Join(pieces, "tool"), "t")
	err := Assemble(out, []Entry{{tool, "bin/tool"}, {tool, "lab/tool"}, {filepath.Join(pieces, "cni"), "lab/cni"}})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"bin/tool": "t", "lab/tool": "t", "lab/cni/bridge": "b"} {
		if content, err := os.ReadFile(filepath.Join(out, path)); err != nil || string(content) != want {
			t.Errorf("%s is %q (%v), want %q", path, content, err, want)
		}
	}
}

func TestALinkInAPieceStaysALink(t *testing.T) {
	piece, out := t.TempDir(), t.TempDir()
	elsewhere := file(t, filepath.Join(t.TempDir(), "pulumi"), "p")
	link := filepath.Join(piece, "pulumi")
	if err := os.Symlink(elsewhere, link); err != nil {
		t.Fatal(err)
	}
	if err := Assemble(out, []Entry{{link, "bin/pulumi"}}); err != nil {
		t.Fatal(err)
	}
	if target, err := os.Readlink(filepath.Join(out, "bin", "pulumi")); err != nil || target != elsewhere {
		t.Errorf("it leads to %q (%v), want %q", target, err, elsewhere)
	}
}

func TestPointReplacesTheLinkAndNothingElse(t *testing.T) {
	checkout := t.TempDir()
	for _, view := range []string{"/first", "/second", "/second"} {
		if err := Point(checkout, view); err != nil {
			t.Fatal(err)
		}
		if target, err := os.Readlink(filepath.Join(checkout, ".toolchain")); err != nil || target != view {
			t.Errorf(".toolchain points to %q (%v), want %q", target, err, view)
		}
	}
	other := t.TempDir()
	file(t, filepath.Join(other, ".toolchain", "mine"), "kept")
	if err := Point(other, "/first"); err == nil || !strings.Contains(err.Error(), "is not a link") {
		t.Errorf("error is %v, want that a folder is in the way", err)
	}
}

func TestTheSDKIsCopiedAgainOnlyWhenItsPieceChanged(t *testing.T) {
	checkout, piece := t.TempDir(), t.TempDir()
	file(t, filepath.Join(piece, "index.js"), "one")
	copied := filepath.Join(checkout, "sdks", "vsphere", "index.js")
	copyOf := func(hash string) {
		t.Helper()
		if err := CopySDK(checkout, "vsphere", piece, hash); err != nil {
			t.Fatal(err)
		}
	}
	copyOf("1")
	before, err := os.Stat(copied)
	if err != nil {
		t.Fatal(err)
	}
	copyOf("1")
	if after, err := os.Stat(copied); err != nil || !os.SameFile(before, after) {
		t.Error("the same piece was copied twice")
	}
	file(t, filepath.Join(piece, "index.js"), "two")
	file(t, filepath.Join(checkout, "sdks", "vsphere", "stale.js"), "")
	copyOf("2")
	if content, err := os.ReadFile(copied); err != nil || string(content) != "two" {
		t.Errorf("the copy is %q (%v), want the new piece", content, err)
	}
	if _, err := os.Stat(filepath.Join(checkout, "sdks", "vsphere", "stale.js")); err == nil {
		t.Error("a file that the new piece lacks is still there")
	}
}
