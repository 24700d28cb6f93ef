package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestHeadlampsArgumentsAreTaken(t *testing.T) {
	for want, args := range map[string][]string{
		":4466": {"-in-cluster", "-plugins-dir=/headlamp/plugins"},
		// The chart of v0.45.
		"127.0.0.1:4477": {"-in-cluster", "-in-cluster-context-name=main", "-plugins-dir=/headlamp/plugins", "-session-ttl=86400",
			"-watch-plugins-changes=false", "-base-url=/", "-listen-addr=127.0.0.1", "-port=4477"},
	} {
		if got, err := listenAddress(args); err != nil || got != want {
			t.Errorf("%v: %s, %v", args, got, err)
		}
	}
	for _, args := range [][]string{{}, {"-in-cluster=false"}, {"-in-cluster", "-base-url=/headlamp"}, {"-in-cluster", "-kubeconfig=/x"}, {"-in-cluster", "x"}} {
		if _, err := listenAddress(args); err == nil {
			t.Errorf("%v is accepted", args)
		}
	}
}

func TestTheAPIOfThePod(t *testing.T) {
	pod := func(name string) string {
		return map[string]string{"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"}[name]
	}
	empty := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, authority := range []string{empty, empty + ".missing"} {
		if _, err := clusterAPI(pod, authority); err == nil {
			t.Errorf("%s is accepted", authority)
		}
	}
	if _, err := clusterAPI(func(string) string { return "" }, empty); err == nil {
		t.Error("no pod, and no error")
	}
}
