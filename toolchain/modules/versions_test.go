package modules

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestSharedModulesHaveOneVersion holds the modules that stand on Kubernetes to its versions: a package is compiled once for all
// that have it in the same version, with its imports in the same versions.
func TestSharedModulesHaveOneVersion(t *testing.T) {
	kubernetes := versions(t, "kubernetes")
	for module, own := range map[string][]string{
		"consul": {
			"github.com/Microsoft/go-winio", "github.com/grpc-ecosystem/go-grpc-middleware",
		},
		"local-path":             nil,
		"network":                {"github.com/coredns/caddy"},
		"registry":               nil,
		"vsphere-cloud-provider": {"go.etcd.io/etcd/api/v3", "go.etcd.io/etcd/client/pkg/v3", "go.etcd.io/etcd/client/v3"},
		"vsphere-csi":            {"github.com/container-storage-interface/spec"},
		"snapshots":              {"github.com/container-storage-interface/spec"},
	} {
		found := versions(t, module)
		for _, name := range own {
			if found[name] == "" || found[name] == kubernetes[name] {
				t.Errorf("%s: %s is excepted for nothing", module, name)
			}
			delete(found, name)
		}
		for name, version := range found {
			if wanted, shared := kubernetes[name]; shared && version != wanted {
				t.Errorf("%s: %s is %s, and %s in kubernetes", module, name, version, wanted)
			}
		}
	}
}

// TestVSphereHasOneGovmomi holds what speaks with a vCenter in the lab to the version of its simulator.
func TestVSphereHasOneGovmomi(t *testing.T) {
	const govmomi = "github.com/vmware/govmomi"
	wanted := versions(t, "../../lab/simulator")[govmomi]
	for _, module := range []string{"vsphere-cloud-provider", "vsphere-csi"} {
		if found := versions(t, module)[govmomi]; found != wanted {
			t.Errorf("%s: %s, and %s in lab/simulator", module, found, wanted)
		}
	}
}

// versions reads what a module's go.mod requires. What it replaces that by does not count: the compiler's cache knows a package
// by the version that is asked for.
func versions(t *testing.T, module string) map[string]string {
	t.Helper()
	printed, err := exec.Command("go", "mod", "edit", "-json", filepath.Join(module, "go.mod")).Output()
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		Require []struct{ Path, Version string }
	}
	if err := json.Unmarshal(printed, &read); err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, one := range read.Require {
		found[one.Path] = one.Version
	}
	return found
}
