// Command vcenter-access asks a vCenter about rights and objects and gives rights, for what the Terraform provider cannot:
// it reads no privileges, and its entity permissions own the whole list of an entity, so that after a refresh it takes
// away what others have bound there. One JSON request is read from standard input, passwords included.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"
)

const usage = `usage: vcenter-access check|granted|grant|revoke|remove-role|origins < request.json
  check    print a JSON report on certificate, accounts, objects, privileges, template and folder; changes nothing
  granted  print a JSON list that tells of each of several permissions whether it is there; changes nothing
  grant    give an account a role on an entity, beside whatever others have there
  revoke   take that role off the account again
  remove-role   remove a role with exactly these privileges that no account has; prints removed or absent
  origins  print a JSON list that tells of machines by whom, of what and how long ago they were made; changes nothing`

// deadline bounds a whole run.
const deadline = 60 * time.Second

// vcenter is how to reach the server.
type vcenter struct {
	Server   string `json:"server"` // host or host:port
	User     string `json:"user"`
	Password string `json:"password"`
	// Insecure accepts a certificate that is not trusted.
	Insecure bool `json:"insecure"`
	// Thumbprint is SHA-1 or SHA-256 of the only certificate that passes; empty for any.
	Thumbprint string `json:"thumbprint"`
}

// entity is an object of the inventory as the finder looks for it.
type entity struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	if err := run(ctx, os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "vcenter-access: %s\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string, input io.Reader, output io.Writer) error {
	if len(arguments) != 1 {
		return fmt.Errorf("one command is expected\n%s", usage)
	}
	switch arguments[0] {
	case "check":
		request := checkRequest{}
		if err := read(input, &request); err != nil {
			return err
		}
		encoder := json.NewEncoder(output)
		encoder.SetIndent("", "  ")
		return encoder.Encode(check(ctx, request))
	case "granted":
		request := grantedRequest{}
		if err := read(input, &request); err != nil {
			return err
		}
		return request.granted(ctx, output)
	case "grant", "revoke":
		request := grantRequest{}
		if err := read(input, &request); err != nil {
			return err
		}
		if arguments[0] == "grant" {
			return request.grant(ctx, output)
		}
		return request.revoke(ctx, output)
	case "origins":
		request := originsRequest{}
		if err := read(input, &request); err != nil {
			return err
		}
		return request.origins(ctx, output)
	case "remove-role":
		request := roleRequest{}
		if err := read(input, &request); err != nil {
			return err
		}
		return request.remove(ctx, output)
	default:
		return fmt.Errorf("%q is not a command\n%s", arguments[0], usage)
	}
}

func read(input io.Reader, request any) error {
	decoder := json.NewDecoder(input)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(request); err != nil {
		return fmt.Errorf("request: %w", err)
	}
	return nil
}
