package builder

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sitewright/toolchain/internal/catalogue"
	"sitewright/toolchain/internal/recipe"
	"sitewright/toolchain/internal/store"
)

// told builds and returns what the failure says, which has to hold all parts.
func told(t *testing.T, root string, pieces store.Store, planned []Planned, parts ...string) {
	t.Helper()
	err := Build(context.Background(), root, pieces, Missing(pieces, planned), board(t))
	if err == nil {
		t.Fatal("it was built")
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the message lacks %q:\n%v", part, err)
		}
	}
}

// fakeGo puts a go command before the real one that answers what the real one does, but fails to build with these words.
func fakeGo(t *testing.T, words string) {
	t.Helper()
	folder := t.TempDir()
	script := "#!/bin/sh\nif [ \"$1\" != build ]; then PATH=${PATH#*:} exec go \"$@\"; fi\ncat >&2 <<'END'\n" + words + "\nEND\nexit 1\n"
	if err := os.WriteFile(filepath.Join(folder, "go"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
}

// other is a piece that needs no compiler.
func other(t *testing.T, root string) catalogue.Piece {
	t.Helper()
	write(t, filepath.Join(root, "other", "text"), "text")
	return catalogue.Piece{Name: "other", Recipe: recipe.Folder{Path: "other"}, DiskMiB: 2048}
}

func TestAFullDiskIsNamedAndTheNextRunGoesOn(t *testing.T) {
	root, pieces := checkout(t, ""), store.Store{Root: t.TempDir()}
	piece := tool()
	piece.DiskMiB = 1536
	planned := plan(t, root, piece, other(t, root))
	path := os.Getenv("PATH")
	if err := Build(context.Background(), root, pieces, planned[1:], board(t)); err != nil {
		t.Fatal(err)
	}
	temporary := t.TempDir()
	t.Setenv("GOTMPDIR", temporary)
	fakeGo(t, "# example.test/tool\nwrite $WORK/b001/_pkg_.a: no space left on device")
	told(t, root, pieces, planned, "building tool failed", "no space left on device", "The file system at /", "was full",
		"iB are free now", temporary+"  what the compilers write", "moved by GOTMPDIR", "needs at most 1.5 GiB",
		"finished pieces", "toolchain/build.sh --only tool", pieces.Log("tool"))
	if missing := Missing(pieces, planned); len(missing) != 1 || missing[0].Name != "tool" {
		t.Errorf("%d pieces are to be built, want tool only", len(missing))
	}
	t.Setenv("PATH", path) // space is made
	if err := Build(context.Background(), root, pieces, Missing(pieces, planned), board(t)); err != nil {
		t.Fatal(err)
	}
}

// filling writes to a device that is always full.
type filling struct{}

func (filling) Inputs() []string { return nil }

func (filling) Build(context.Context, recipe.Job) error {
	return os.WriteFile("/dev/full", []byte("x"), 0o644)
}

func TestADiskThatIsFullForTheBuilderIsNamed(t *testing.T) {
	root, pieces := t.TempDir(), store.Store{Root: t.TempDir()}
	planned := plan(t, root, catalogue.Piece{Name: "filling", Recipe: filling{}, DiskMiB: 1024})
	told(t, root, pieces, planned, "building filling failed", "no space left on device", "was full", "at most 1.0 GiB")
	if err := Build(context.Background(), root, pieces, planned, board(t)); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("error is %v, want that there is no space", err)
	}
}

func TestWithoutNetworkItSaysWhatHasToBeInReach(t *testing.T) {
	root, pieces := checkout(t, ""), store.Store{Root: t.TempDir()}
	write(t, filepath.Join(root, "tool", "go.mod"), "module example.test/tool\n\ngo 1.24.0\n\nrequire example.test/far v1.0.0\n")
	write(t, filepath.Join(root, "tool", "go.sum"), "example.test/far v1.0.0 h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"+
		"example.test/far v1.0.0/go.mod h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")
	write(t, filepath.Join(root, "tool", "main.go"), "package main\n\nimport _ \"example.test/far\"\n\nfunc main() {}\n")
	t.Setenv("GOMODCACHE", t.TempDir())
	t.Setenv("GOFLAGS", "-modcacherw")
	for _, variable := range []string{"https_proxy", "HTTPS_PROXY", "GOPRIVATE", "GONOPROXY"} {
		t.Setenv(variable, "")
	}
	t.Setenv("GOPROXY", "https://user:secret@127.0.0.1:1/mod")
	planned := plan(t, root, tool())
	told(t, root, pieces, planned, "connection refused", "It needs the network", "GOPROXY=https://user:xxxxx@127.0.0.1:1/mod",
		"HTTPS_PROXY", "toolchain/build.sh --only tool")
	t.Setenv("GOPROXY", "off")
	told(t, root, pieces, planned, "It needs the network", "GOPROXY=off")
}

func TestACacheThatCannotBeWrittenIsNamed(t *testing.T) {
	root, pieces := checkout(t, ""), store.Store{Root: t.TempDir()}
	cache := t.TempDir()
	t.Setenv("GOMODCACHE", cache)
	fakeGo(t, "go: writing go.mod cache: mkdir "+cache+"/cache/download: read-only file system")
	told(t, root, pieces, plan(t, root, tool()), cache+" cannot be written", "set GOMODCACHE")
}
