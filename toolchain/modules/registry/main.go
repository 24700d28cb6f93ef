// Registry is the image registry of github.com/distribution/distribution with what the lab has of its list: files and
// memory for storage, passwords for access. The clouds' storage drivers, which a main of its own is meant to leave out, would
// bring their SDKs.
package main

import (
	"os"

	"github.com/distribution/distribution/v3/registry"
	_ "github.com/distribution/distribution/v3/registry/auth/htpasswd"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/inmemory"
)

func main() {
	// What fails says so itself and ends the program.
	if err := registry.RootCmd.Execute(); err != nil {
		os.Exit(1)
	}
}
