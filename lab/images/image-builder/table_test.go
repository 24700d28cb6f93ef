package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheCommittedTableIsRight(t *testing.T) {
	table, err := readTable("../images.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(table.Images) == 0 || len(table.Bases) == 0 {
		t.Errorf("table is empty: %+v", table)
	}
	for _, image := range table.Images {
		for _, file := range image.Files {
			if _, err := os.Stat(filepath.Join("..", file)); err != nil {
				t.Errorf("%s: %v", image.reference(), err)
			}
		}
	}
}

func TestAllFaultsOfATableAreReported(t *testing.T) {
	path := filepath.Join(t.TempDir(), "images.yaml")
	text := `bases: {shell: {packages: [dash]}}
images:
  - {name: a, tag: "1", binaries: {/a: a}, entrypoint: [/a], bindsLowPorts: [/b]}
  - {name: a, tag: "1", binaries: {/a: a}, entrypoint: [/a]}
  - {name: c, tag: "1", entrypoint: [/c]}
  - {name: d, tag: "1", bases: [shell, other], command: [sh], account: d, user: "7"}
  - {name: e, tag: "1", bases: [shell], folders: [tmp]}
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := readTable(path)
	for _, part := range []string{
		"a:1 lets /b bind", "a:1 is there twice", "c:1 needs", "d:1 is on base other", "d:1 has the account d", "e:1 needs", "e:1 holds tmp",
	} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v does not say %q", err, part)
		}
	}
}
