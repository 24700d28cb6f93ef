package preflight

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhichGoIsNewEnough(t *testing.T) {
	for installed, want := range map[string]bool{
		"go1.26":              true,
		"go1.26.8":            true,
		"go1.26rc1":           true,
		"go1.27rc1":           true,
		"go1.100":             true,
		"go1.26.8 X:nodwarf5": true,
		"go1.26.8-vendor":     true,
		"devel go1.28-abcdef": true,
		"go1.25.12":           false,
		"go1.24":              false,
		"go1.9":               false,
		"go1.25.1 X:nodwarf5": false,
	} {
		if got := isAtLeast(installed, GoNeeded); got != want {
			t.Errorf("%s at least %s: %v, want %v", installed, GoNeeded, got, want)
		}
	}
}

func TestTooLittleSpaceIsToldWithNumbersBeforeTheBuild(t *testing.T) {
	folder := t.TempDir()
	err := Check(context.Background(), Needs{Cache: folder + "/not/yet/there", DiskMiB: 1 << 40})
	if err == nil {
		t.Fatal("a build of an exbibyte was let through")
	}
	for _, part := range []string{folder, "iB free", "1073741824.0 GiB", "XDG_CACHE_HOME"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the message lacks %q: %v", part, err)
		}
	}
}

func TestMissingProgramsAreToldTogether(t *testing.T) {
	goOnly(t)
	err := Check(context.Background(), Needs{Cache: t.TempDir(), Node: true, Python: true})
	if err == nil || !strings.Contains(err.Error(), "npm is not on PATH") || !strings.Contains(err.Error(), "python3 with pip") {
		t.Errorf("error is %v, want both programs", err)
	}
}

// Not even root can make a folder in /sys.
func TestCachesThatCannotBeWrittenAreToldTogether(t *testing.T) {
	t.Setenv("GOCACHE", "/sys/compiled")
	t.Setenv("GOMODCACHE", "/sys/modules")
	err := Check(context.Background(), Needs{Cache: "/sys/results"})
	if err == nil {
		t.Fatal("it was let through")
	}
	for _, part := range []string{"set XDG_CACHE_HOME", "set GOCACHE", "set GOMODCACHE"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the message lacks %q: %v", part, err)
		}
	}
}

func TestAModuleCacheThatOthersFillMayBeReadOnly(t *testing.T) {
	shared := t.TempDir()
	if err := os.MkdirAll(filepath.Join(shared, "cache", "download"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOMODCACHE", shared)
	before, err := os.Stat(shared)
	if err != nil {
		t.Fatal(err)
	}
	if err := Check(context.Background(), Needs{Cache: t.TempDir()}); err != nil {
		t.Error(err)
	}
	if after, err := os.Stat(shared); err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("it was written to (%v)", err)
	}
}
