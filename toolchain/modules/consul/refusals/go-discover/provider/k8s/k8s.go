// Package k8s is the provider that Consul adds to the others. It refuses as they do.
package k8s

import (
	"log"

	"github.com/hashicorp/go-discover"
)

// Provider implements discover.Provider.
type Provider struct{}

// Addrs refuses.
func (*Provider) Addrs(map[string]string, *log.Logger) ([]string, error) {
	return nil, discover.Refusal{Provider: "k8s"}
}

// Help says what can be configured.
func (*Provider) Help() string { return discover.Refusal{Provider: "k8s"}.Error() }
