package server

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sitewright/lab/simulator/internal/faults"
)

func TestClonesTakeTimeSideBySide(t *testing.T) {
	l := newLab(t)
	folder := l.folder("kubernetes")
	l.server.Inject(&faults.Settings{CloneSeconds: 3})
	begin := time.Now()
	var clones sync.WaitGroup
	for i := range 5 {
		clones.Go(func() {
			if _, err := l.clone(folder, "bodiless", fmt.Sprintf("node%d", i), "vm-lan", "10.9.8.7/24"); err != nil {
				t.Error(err)
			}
		})
	}
	clones.Wait()
	if took := time.Since(begin); took < 3*time.Second || took > 12*time.Second {
		t.Errorf("5 clones of 3 s took %s; one after the other they take 15 s", took)
	}
}

func TestInjectedFaults(t *testing.T) {
	l := newLab(t)
	folder := l.folder("kubernetes")
	rule := faults.Rule{Method: "CloneVM_Task", Fault: "NotAuthenticated", Probability: 1, Skip: 1, Times: 1}
	l.server.Inject(&faults.Settings{Faults: []faults.Rule{rule}})
	for i, wanted := range []string{"", "The session is not authenticated.", ""} {
		_, err := l.clone(folder, "bodiless", fmt.Sprintf("node%d", i), "vm-lan", "10.9.8.7/24")
		if (err == nil) != (wanted == "") || (err != nil && !strings.Contains(err.Error(), wanted)) {
			t.Errorf("clone %d: %v", i, err)
		}
	}
}

func TestLostConnections(t *testing.T) {
	l := newLab(t)
	folder := l.folder("kubernetes")
	l.server.Inject(&faults.Settings{LostConnections: 1})
	if _, err := folder.CreateFolder(t.Context(), "lost"); err == nil || !strings.Contains(err.Error(), "EOF") {
		t.Errorf("every connection is lost, and the answer is %v", err)
	}
	l.server.Inject(&faults.Settings{})
	if _, err := folder.CreateFolder(t.Context(), "found"); err != nil {
		t.Error(err)
	}
}
