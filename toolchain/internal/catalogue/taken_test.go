package catalogue

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sitewright/toolchain/internal/recipe"
)

func program(t *testing.T, name string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestATakenPieceIsTheFilesThatAreThere(t *testing.T) {
	plugins := []string{
		program(t, "pulumi-resource-tls", 0o755), program(t, "pulumi-resource-random", 0o755), program(t, "pulumi-resource-vsphere", 0o755),
	}
	pieces, err := Take(Pieces(), map[string][]string{"plugins-bridged": plugins})
	if err != nil {
		t.Fatal(err)
	}
	for _, piece := range pieces {
		taken, isTaken := piece.Recipe.(recipe.Taken)
		if isTaken != (piece.Name == "plugins-bridged") {
			t.Errorf("%s is taken: %v", piece.Name, isTaken)
		}
		if isTaken && (len(taken.Programs) != 3 || piece.DiskMiB != 0 || piece.Cost().Seconds != 0) {
			t.Errorf("%+v costs %+v", piece, piece.Cost())
		}
	}
	if len(pieces) != len(Pieces()) {
		t.Errorf("%d pieces, want all %d", len(pieces), len(Pieces()))
	}
}

func TestWhatATakenPieceBringsIsLeftOut(t *testing.T) {
	pieces, err := Take(Pieces(), map[string][]string{"pulumi": {program(t, "pulumi", 0o755)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"language-host", "policy-host"} {
		if slices.ContainsFunc(pieces, func(piece Piece) bool { return piece.Name == name }) {
			t.Errorf("%s is there, and would be started instead of pulumi's own", name)
		}
	}
}

func TestAPieceIsLeftOut(t *testing.T) {
	for _, piece := range Without(Pieces(), []string{"sdk-vsphere"}) {
		if piece.Name == "sdk-vsphere" {
			t.Error("it is there")
		}
	}
}

func TestWhatCannotBeTakenIsTold(t *testing.T) {
	for want, taken := range map[string]map[string][]string{
		"names a piece that there is not":   {"pulumix": {program(t, "pulumi", 0o755)}},
		"is no program":                     {"pulumi": {program(t, "pulumi", 0o644)}},
		"no such file":                      {"pulumi": {"/nowhere/pulumi"}},
		"pulumi is missing":                 {"pulumi": {program(t, "pulumi-3.256", 0o755)}},
		"pulumi-resource-random is missing": {"plugins-bridged": {program(t, "pulumi-resource-tls", 0o755)}},
		"kubelet is none of its programs":   {"kubectl": {program(t, "kubectl", 0o755), program(t, "kubelet", 0o755)}},
	} {
		if _, err := Take(Pieces(), taken); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", taken, err, want)
		}
	}
}
