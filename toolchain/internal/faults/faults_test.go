package faults

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// What compilers, npm and pip print, and how the explanation begins.
func TestWhichFailuresAreTheMachines(t *testing.T) {
	t.Setenv("GOPROXY", "https://user:secret@proxy.test/a,off")
	for printed, want := range map[string]string{
		"$ go build x\nwrite $WORK/b1/_pkg_.a: no space left on device":                                           "The file system at ",
		"$ go build x\ncopying /tmp/a: write /b: disk quota exceeded":                                             "The file system at ",
		"$ npm ci\nnpm error code ENOSPC":                                                                         "The file system at ",
		"$ go build x\ngo: m@v1.0.0: Get \"https://proxy.test/m\": dial tcp: lookup proxy.test: no such host":     "It needs the network: Go modules",
		"$ go build x\nmain.go:3:8: m@v1.0.0: reading https://proxy.test/m.zip: 502 Bad Gateway":                  "It needs the network: Go modules",
		"$ go build x\ngo: m@v1.0.0: Get \"https://proxy.test/m\": net/http: TLS handshake timeout":               "It needs the network: Go modules",
		"$ go run ./g\n$ npm ci\nnpm error code ENOTFOUND":                                                        "It needs the network: npm packages",
		"$ python3 -m pip download x\nFailed to establish a new connection: [Errno -3] Temporary failure in name": "It needs the network: a Python wheel",
		"$ go build x\nmain.go:3:8: m@v1.0.0: reading https://proxy.test/m.zip: 404 Not Found":                    "",
		"$ go build x\n./main.go:5: undefined: name":                                                              "",
		"$ go list x\ndial tcp: connection refused\n$ go build x\n./main.go:5: undefined: name":                   "",
	} {
		got := Explain(context.Background(), errors.New("go build: exit status 1"), printed, Needs{Store: t.TempDir()})
		if (want == "" && got != "") || !strings.HasPrefix(got, want) {
			t.Errorf("%q is explained with %q, want %q", printed, got, want)
		}
		if strings.Contains(got, "secret") {
			t.Errorf("the explanation holds a password: %s", got)
		}
	}
}
