// Package crds names the module whose file the toolchain takes, so that "go mod tidy" keeps its line in go.mod and go.sum. The
// imported package is a small one that needs no other module.
package crds

import _ "github.com/traefik/traefik/v3/pkg/ping"
