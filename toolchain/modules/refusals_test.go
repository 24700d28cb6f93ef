package modules

import (
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var modulePath = regexp.MustCompile(`(?m)^module (\S+)$`)

// TestRefusals runs the tests of the modules that stand where a program would import a cloud's SDK. They are built as parts of
// the module around them, whose go.sum is theirs, so they are tested there.
func TestRefusals(t *testing.T) {
	files, err := filepath.Glob("*/refusals/*/go.mod")
	if err != nil || len(files) == 0 {
		t.Fatalf("found no refusals: %v", err)
	}
	for _, file := range files {
		folder := filepath.Dir(file)
		t.Run(folder, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			packages := tested(t, folder, string(modulePath.FindSubmatch(text)[1]))
			if len(packages) == 0 {
				t.Fatal("has no tests")
			}
			// With the flags of the build, so that the compiler's cache serves both.
			command := exec.Command("go", append([]string{"test", "-count=1", "-trimpath", "-tags=notest,grpcnotrace"}, packages...)...)
			command.Dir = strings.Split(filepath.ToSlash(folder), "/")[0]
			command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
			if output, err := command.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, output)
			}
		})
	}
}

// tested lists the packages of a module that have tests.
func tested(t *testing.T, folder, module string) []string {
	var packages []string
	err := filepath.WalkDir(folder, func(file string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(file, "_test.go") {
			return err
		}
		relative, err := filepath.Rel(folder, filepath.Dir(file))
		packages = append(packages, path.Join(module, filepath.ToSlash(relative)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return packages
}
