package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTheHomeRemembersItsFirstUse(t *testing.T) {
	home := t.TempDir()
	first := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, now := range []time.Time{first, first.Add(time.Hour)} {
		created, err := markHome(home, now)
		if err != nil || !created.Equal(first) {
			t.Fatalf("%v, %v", created, err)
		}
	}
	text, err := os.ReadFile(filepath.Join(home, markerFile))
	if err != nil || !strings.Contains(string(text), "not Atlassian's product") || !strings.Contains(string(text), "04:04:05") {
		t.Errorf("%s, %v", text, err)
	}
}

func TestAHomeThatCannotBeWritten(t *testing.T) {
	_, err := markHome(filepath.Join(t.TempDir(), "missing"), time.Now())
	if err == nil || !strings.Contains(err.Error(), "CONFLUENCE_HOME") {
		t.Errorf("%v", err)
	}
}

func TestADamagedMarkerIsNotOverwritten(t *testing.T) {
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, markerFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := markHome(home, time.Now()); err == nil {
		t.Error("accepted")
	}
}
