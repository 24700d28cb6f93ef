package catalogue

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sitewright/toolchain/internal/recipe"
	"sitewright/toolchain/internal/release"
)

const root = "../../.."

func table(t *testing.T) release.Table {
	t.Helper()
	table, err := release.Read(root)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// required is the version of a module in a go.mod: what is built.
func required(t *testing.T, folder, module string) string {
	t.Helper()
	printed, err := exec.Command("go", "mod", "edit", "-json", filepath.Join(root, "toolchain/modules", folder, "go.mod")).Output()
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		Require []struct{ Path, Version string }
	}
	if err := json.Unmarshal(printed, &read); err != nil {
		t.Fatal(err)
	}
	for _, one := range read.Require {
		if one.Path == module {
			return strings.TrimPrefix(one.Version, "v")
		}
	}
	t.Fatalf("%s does not require %s", folder, module)
	return ""
}

// TestReleasesHaveTheVersionsThatAreBuilt holds the table to the catalogue: a site must not see which of the two it has.
func TestReleasesHaveTheVersionsThatAreBuilt(t *testing.T) {
	wanted := map[string]string{
		"kubernetes":        kubernetesVersion,
		"kubectl":           kubernetesVersion,
		"pulumi":            pulumiVersion,
		"plugin-kubernetes": kubernetesPlugin,
		"cni":               cniVersion,
		"consul":            required(t, "consul", "github.com/hashicorp/consul"),
	}
	for _, entry := range table(t) {
		want := wanted[entry.Piece]
		for platform, download := range entry.Platforms {
			if _, isEtcd := download.Files["etcd"]; isEtcd {
				want = required(t, "kubernetes", "go.etcd.io/etcd/server/v3")
			}
			if entry.Version != want || !strings.Contains(download.URL, "v"+want) && !strings.Contains(download.URL, "/"+want+"/") {
				t.Errorf("%s for %s is %s from %s, and %s is built", entry.Piece, platform, entry.Version, download.URL, want)
			}
		}
	}
}

func TestAReleaseHasAllFilesOfItsPiece(t *testing.T) {
	for _, platform := range []string{"linux/amd64", "linux/arm64"} {
		released := Released(Pieces(), table(t), platform)
		for _, name := range []string{"kubernetes", "kubectl", "pulumi", "plugin-kubernetes", "cni", "consul"} {
			piece, isReleased := released[name]
			if !isReleased {
				t.Errorf("%s has no release for %s", name, platform)
				continue
			}
			files := map[string]bool{}
			for _, one := range piece.Recipe.(recipe.Release).Downloads {
				for file := range one.Files {
					files[file] = true
				}
			}
			for _, place := range piece.Places {
				if !files[place.File] && place.File != "" {
					t.Errorf("the release of %s for %s lacks %s", name, platform, place.File)
				}
			}
			delete(released, name)
		}
		for name := range released {
			t.Errorf("what is built of %s was not compared with its release", name)
		}
	}
}

// TestAReleaseOfAFolderHasWhatIsBuilt compares the only released piece that appears as a whole.
func TestAReleaseOfAFolderHasWhatIsBuilt(t *testing.T) {
	at := slices.IndexFunc(Pieces(), func(piece Piece) bool { return piece.Name == "cni" })
	for _, program := range Pieces()[at].Recipe.(recipe.Go).Programs {
		for _, one := range table(t).Of("cni", "linux/amd64") {
			if one.Files[program.File] == "" {
				t.Errorf("the release lacks %s", program.File)
			}
		}
	}
}

func TestWhatAReleaseBringsLiesBesideIt(t *testing.T) {
	pulumi := Released(Pieces(), table(t), "linux/amd64")["pulumi"]
	want := []Place{{"pulumi", "bin/pulumi"}, {"pulumi-language-nodejs", "bin/pulumi-language-nodejs"}}
	if !slices.Equal(pulumi.Places, want) {
		t.Errorf("places are %v, want %v", pulumi.Places, want)
	}
}

func TestATakenPieceIsNotReleased(t *testing.T) {
	pieces, err := Take(Pieces(), map[string][]string{"kubectl": {program(t, "kubectl", 0o755)}})
	if err != nil {
		t.Fatal(err)
	}
	if _, isReleased := Released(pieces, table(t), "linux/amd64")["kubectl"]; isReleased {
		t.Error("it would be downloaded")
	}
}

// TestEveryChecksumSaysWhereItIsFrom also wants each file once: two pieces that are downloaded at once would share it.
func TestEveryChecksumSaysWhereItIsFrom(t *testing.T) {
	seen := map[string]bool{}
	for _, entry := range table(t) {
		if entry.Source == "" {
			t.Errorf("%s has no source", entry.Piece)
		}
		for _, download := range entry.Platforms {
			if seen[download.SHA256] || !strings.HasPrefix(download.URL, "https://") {
				t.Errorf("%s is there twice, or is not asked for in secret", download.URL)
			}
			seen[download.SHA256] = true
		}
	}
}
