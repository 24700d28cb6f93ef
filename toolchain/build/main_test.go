package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sitewright/toolchain/internal/preflight"
)

// script runs build.sh in a checkout without a builder, with variables added to this process's, and returns what it printed; it has to fail.
func script(t *testing.T, variables ...string) string {
	t.Helper()
	text, err := os.ReadFile("../build.sh")
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "toolchain", "build.sh")
	if err := os.MkdirAll(filepath.Dir(copied), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(copied, text, 0o755); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(copied, "--list")
	command.Env = append(os.Environ(), variables...)
	printed, err := command.CombinedOutput()
	if err == nil {
		t.Fatalf("it went well:\n%s", printed)
	}
	return string(printed)
}

func holds(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("the message lacks %q:\n%s", part, text)
		}
	}
}

// answering makes a go command that answers for another version and what it may download; it builds nothing.
func answering(t *testing.T, version, allowed string) string {
	t.Helper()
	folder := t.TempDir()
	answers := "#!/bin/sh\ncase \"$1 $2\" in\n'version ') echo 'go version " + version + " linux/amd64' ;;\n" +
		"'env GOTOOLCHAIN') echo '" + allowed + "' ;;\n'env GOPROXY') echo 'https://user:secret@proxy.test' ;;\n" +
		"'env '*) echo /somewhere ;;\n*) echo 'go: download go1.26: no such host' >&2; exit 1 ;;\nesac\n"
	if err := os.WriteFile(filepath.Join(folder, "go"), []byte(answers), 0o755); err != nil {
		t.Fatal(err)
	}
	return "PATH=" + folder + ":" + os.Getenv("PATH")
}

func TestAnOldGoIsToldBeforeAnythingIsCompiled(t *testing.T) {
	needed := "Go " + strings.TrimPrefix(preflight.GoNeeded, "go") + " is needed"
	holds(t, script(t, answering(t, "go1.25.3", "local")), "Go is 1.25.3", needed, "GOTOOLCHAIN=auto")
	holds(t, script(t, answering(t, "go1.19.13", "")), "Go is 1.19.13", needed)
}

func TestAGoThatCannotDownloadANewerOneSaysWhatItNeeds(t *testing.T) {
	text := script(t, answering(t, "go1.22.3", "auto"))
	holds(t, text, "no such host", "This is go1.22.3", "GOPROXY (https://proxy.test)")
}

// Not even root can make a folder in /sys.
func TestACacheThatCannotBeWrittenIsToldBeforeAnythingIsCompiled(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", "/sys")
	t.Setenv("GOCACHE", t.TempDir())
	err := run(t.Context(), []string{"--checkout", "../.."})
	if err == nil {
		t.Fatal("it went well")
	}
	holds(t, err.Error(), "/sys/sitewright cannot be written", "set XDG_CACHE_HOME")
}
