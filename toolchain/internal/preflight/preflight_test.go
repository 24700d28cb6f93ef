package preflight

import (
	"context"
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
		if got := isAtLeast(installed, goNeeded); got != want {
			t.Errorf("%s at least %s: %v, want %v", installed, goNeeded, got, want)
		}
	}
}

func TestTooLittleSpaceIsToldWithNumbersBeforeTheBuild(t *testing.T) {
	folder := t.TempDir()
	err := Check(context.Background(), Needs{Cache: folder + "/not/yet/there", DiskMiB: 1 << 40})
	if err == nil {
		t.Fatal("a build of an exbibyte was let through")
	}
	for _, part := range []string{folder, "GiB free", "1073741824.0 GiB", "XDG_CACHE_HOME"} {
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
