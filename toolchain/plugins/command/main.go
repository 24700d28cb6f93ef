// Command pulumi-resource-command is a Pulumi provider plugin that runs commands on this machine and on remote hosts
// over SSH. It serves the tokens and the contract of the npm package @pulumi/command 1.2.1, so programs use that
// package unchanged and run on either plugin.
package main

import (
	"context"
	"fmt"
	"os"

	p "github.com/pulumi/pulumi-go-provider"
)

// version is the plugin version the engine asks for; it has to equal the version of the npm package.
const version = "1.2.1"

func main() {
	if err := p.RunProvider(context.Background(), providerName, version, newProvider()); err != nil {
		fmt.Fprintf(os.Stderr, "pulumi-resource-command: %v\n", err)
		os.Exit(1)
	}
}
