package builder

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sitewright/toolchain/internal/catalogue"
	"sitewright/toolchain/internal/progress"
	"sitewright/toolchain/internal/recipe"
	"sitewright/toolchain/internal/store"
)

// checkout makes a project with one Go module, tool, whose main.go has this body.
func checkout(t *testing.T, body string) string {
	t.Helper()
	root := t.TempDir()
	write(t, filepath.Join(root, "tool", "go.mod"), "module example.test/tool\n\ngo 1.24.0\n")
	write(t, filepath.Join(root, "tool", "main.go"), "package main\n\nvar Version string\n\nfunc main() { "+body+" }\n")
	return root
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func tool() catalogue.Piece {
	return catalogue.Piece{Name: "tool", Recipe: recipe.Go{
		Module:   "tool",
		Programs: []recipe.Program{{Package: ".", File: "tool"}},
		Set:      map[string]string{"main.Version": "1.2.3"},
	}}
}

func plan(t *testing.T, root string, pieces ...catalogue.Piece) []Planned {
	t.Helper()
	planned, err := Plan(root, "go test", pieces)
	if err != nil {
		t.Fatal(err)
	}
	return planned
}

func board(t *testing.T) *progress.Board {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close() })
	return progress.New(out, nil)
}

func TestABuiltPieceIsReusedUntilItsInputsChange(t *testing.T) {
	root, pieces := checkout(t, "println(Version)"), store.Store{Root: t.TempDir()}
	planned := plan(t, root, tool())
	if err := Build(context.Background(), root, pieces, Missing(pieces, planned), board(t)); err != nil {
		t.Fatal(err)
	}
	if missing := Missing(pieces, plan(t, root, tool())); len(missing) != 0 {
		t.Errorf("unchanged sources: %d pieces to build, want 0", len(missing))
	}
	write(t, filepath.Join(root, "tool", "main_test.go"), "package main\n")
	if missing := Missing(pieces, plan(t, root, tool())); len(missing) != 0 {
		t.Errorf("a new test: %d pieces to build, want 0", len(missing))
	}
	write(t, filepath.Join(root, "tool", "more.go"), "package main\n")
	if missing := Missing(pieces, plan(t, root, tool())); len(missing) != 1 {
		t.Errorf("a new source file: %d pieces to build, want 1", len(missing))
	}
	if err := os.Remove(filepath.Join(root, "tool", "more.go")); err != nil {
		t.Fatal(err)
	}
	other := tool()
	made := other.Recipe.(recipe.Go)
	made.Set = map[string]string{"main.Version": "2.0.0"}
	other.Recipe = made
	if missing := Missing(pieces, plan(t, root, other)); len(missing) != 1 {
		t.Errorf("another version: %d pieces to build, want 1", len(missing))
	}
	again, err := Plan(root, "another go", []catalogue.Piece{tool()})
	if err != nil {
		t.Fatal(err)
	}
	if missing := Missing(pieces, again); len(missing) != 1 {
		t.Errorf("another compiler: %d pieces to build, want 1", len(missing))
	}
}

func TestTwoCheckoutsShareAPiece(t *testing.T) {
	pieces := store.Store{Root: t.TempDir()}
	first, second := checkout(t, ""), checkout(t, "")
	if err := Build(context.Background(), first, pieces, plan(t, first, tool()), board(t)); err != nil {
		t.Fatal(err)
	}
	if missing := Missing(pieces, plan(t, second, tool())); len(missing) != 0 {
		t.Errorf("a second checkout has %d pieces to build, want 0", len(missing))
	}
}

func TestAFailureNamesThePieceAndShowsItsLastLines(t *testing.T) {
	root, pieces := checkout(t, "undefinedName()"), store.Store{Root: t.TempDir()}
	planned := plan(t, root, tool())
	err := Build(context.Background(), root, pieces, planned, board(t))
	var failure Failure
	if !errors.As(err, &failure) {
		t.Fatalf("error is %v, want a Failure", err)
	}
	for _, part := range []string{"building tool failed", "main.go:5", "undefined: undefinedName", failure.Log, "toolchain/build.sh --only tool"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the message lacks %q:\n%v", part, err)
		}
	}
	if pieces.Has("tool", planned[0].Hash) {
		t.Error("a failed build left a piece")
	}
}

// pausing is a recipe that makes half of its result and then waits to be interrupted.
type pausing struct{ Started string }

func (pausing) Inputs() []string { return nil }

func (p pausing) Build(ctx context.Context, job recipe.Job) error {
	if err := os.WriteFile(filepath.Join(job.Out, "half"), nil, 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(p.Started, nil, 0o644); err != nil {
		return err
	}
	<-ctx.Done()
	return ctx.Err()
}

func TestAnInterruptedBuildLeavesNoHalfPieceAndKeepsTheOthers(t *testing.T) {
	root, pieces := checkout(t, ""), store.Store{Root: t.TempDir()}
	started := filepath.Join(t.TempDir(), "started")
	planned := plan(t, root, tool(), catalogue.Piece{Name: "slow", Recipe: pausing{started}})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		for !present(started) || !pieces.Has("tool", planned[0].Hash) {
			time.Sleep(10 * time.Millisecond)
		}
		cancel()
	}()
	if err := Build(ctx, root, pieces, planned, board(t)); !errors.Is(err, context.Canceled) {
		t.Fatalf("error is %v, want that of the interruption", err)
	}
	missing := Missing(pieces, planned)
	if len(missing) != 1 || missing[0].Name != "slow" {
		t.Errorf("still to build: %d pieces, want only slow", len(missing))
	}
}

func present(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
