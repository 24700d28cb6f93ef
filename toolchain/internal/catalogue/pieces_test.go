package catalogue

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sitewright/toolchain/internal/recipe"
)

func TestNamesAndPlacesAreUnique(t *testing.T) {
	names, paths := map[string]bool{}, map[string]string{}
	for _, piece := range Pieces() {
		if names[piece.Name] {
			t.Errorf("two pieces are called %s", piece.Name)
		}
		names[piece.Name] = true
		for _, place := range piece.Places {
			if other, taken := paths[place.Path]; taken {
				t.Errorf("%s and %s both place %s", other, piece.Name, place.Path)
			}
			paths[place.Path] = piece.Name
		}
	}
}

func TestEveryProcessorHasItsOwnWheel(t *testing.T) {
	seen := map[string]bool{}
	for _, processor := range []string{"amd64", "arm64"} {
		checksum := traefikWheels[processor]
		if len(checksum) != 64 || seen[checksum] {
			t.Errorf("the checksum for %s is %q", processor, checksum)
		}
		seen[checksum] = true
	}
}

func TestEveryPieceSaysWhoNeedsIt(t *testing.T) {
	for _, piece := range Pieces() {
		if !slices.Contains(Uses(), piece.For) {
			t.Errorf("%s is for %q, want one of %v", piece.Name, piece.For, Uses())
		}
		if slices.Contains(Uses(), Use(piece.Name)) {
			t.Errorf("the piece %s has the name of a use: --only takes both", piece.Name)
		}
	}
}

func TestEveryModuleIsThere(t *testing.T) {
	for _, piece := range Pieces() {
		for _, folder := range piece.Recipe.Inputs() {
			if _, err := os.Stat(filepath.Join("../../..", folder)); err != nil {
				t.Errorf("%s: %v", piece.Name, err)
			}
		}
	}
}

// TestEveryProgramIsThere looks for the packages that a module names by a path of its own: a folder that was moved fails here,
// and not after minutes of building.
func TestEveryProgramIsThere(t *testing.T) {
	for _, piece := range Pieces() {
		made, ok := piece.Recipe.(recipe.Go)
		if !ok {
			continue
		}
		module := filepath.Join("../../..", made.Module)
		if _, err := os.Stat(filepath.Join(module, "go.mod")); err != nil {
			t.Errorf("%s: %v", piece.Name, err)
		}
		packages := slices.Clone(made.Generate)
		for _, program := range made.Programs {
			packages = append(packages, program.Package)
		}
		for _, name := range packages {
			if !strings.HasPrefix(name, ".") {
				continue
			}
			if sources, err := filepath.Glob(filepath.Join(module, name, "*.go")); err != nil || len(sources) == 0 {
				t.Errorf("%s: %s has no package %s", piece.Name, made.Module, name)
			}
		}
	}
}

func TestEveryPlacedFileIsMade(t *testing.T) {
	for _, piece := range Pieces() {
		files := map[string]bool{"": true}
		switch made := piece.Recipe.(type) {
		case recipe.Go:
			for _, program := range made.Programs {
				files[program.File] = true
			}
		case recipe.ModuleFile:
			files[made.File] = true
		default:
			continue
		}
		for _, place := range piece.Places {
			if !files[place.File] {
				t.Errorf("%s places %s, which it does not make", piece.Name, place.File)
			}
		}
	}
}
