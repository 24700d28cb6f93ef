package recipe

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sitewright/toolchain/internal/progress"
)

// The compiler's cache has the standard library, of a build before, and not these packages: their sources are new.
func TestThePackagesToCompileAreThoseThatAreCompiled(t *testing.T) {
	root := t.TempDir()
	made := Go{Module: "tool", Generate: []string{"./make"}, Programs: []Program{{Package: ".", File: "tool"}}}
	job := func(log *bytes.Buffer, piece *progress.Piece) Job {
		return Job{Checkout: root, Work: t.TempDir(), Out: t.TempDir(), Log: log, Progress: piece}
	}
	var log bytes.Buffer
	writeTool(t, root)
	if err := made.Build(t.Context(), job(&log, nil)); err != nil {
		t.Fatalf("%v\n%s", err, &log)
	}
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	board := progress.New(out, []progress.Expected{{Name: "tool"}})
	defer board.Close()
	piece := board.Start("tool")
	log.Reset()
	writeTool(t, root)
	if err := made.Build(t.Context(), job(&log, piece)); err != nil {
		t.Fatalf("%v\n%s", err, &log)
	}
	if ready, planned := piece.Packages(); planned != 3 || ready != 3 {
		t.Errorf("%d of %d packages, want 3 of 3", ready, planned)
	}
	if strings.Contains(log.String(), "\nexample.test/tool") || !strings.Contains(log.String(), "\ngenerated\n") {
		t.Errorf("the log is\n%s", &log)
	}
}

// writeTool makes a module with a generator, in which everything is new.
func writeTool(t *testing.T, root string) {
	t.Helper()
	now := time.Now().String()
	writeFiles(t, root, map[string]string{
		"tool/go.mod":      "module example.test/tool\n\ngo 1.24.0\n",
		"tool/main.go":     "package main\n\nimport \"example.test/tool/said\"\n\nfunc main() { println(said.What, made) }\n",
		"tool/said/it.go":  "package said\n\nvar What = `" + now + "`\n",
		"tool/make/it.go":  "package main\n\nimport \"os\"\n\nfunc main() { println(`generated`); os.WriteFile(`made.go`, []byte(\"package main\\n\\nvar made = `" + now + "`\\n\"), 0o644) }\n",
		"tool/other/it.go": "package other\n",
	})
}

func TestAWatchedLogIsWhole(t *testing.T) {
	var log bytes.Buffer
	watched := &watcher{log: &log}
	for _, part := range []string{"one\ntw", "o\n", "three"} {
		if _, err := watched.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	watched.flush()
	if log.String() != "one\ntwo\nthree" {
		t.Errorf("the log is %q", &log)
	}
}
