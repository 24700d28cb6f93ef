// Package discover has the interface of github.com/hashicorp/go-discover that Consul calls, and none of its clouds: a site's
// servers join by names (retry_join in apps/consul), and the SDKs of thirteen clouds were a third of what Consul compiles. It is
// written anew, and contains nothing of go-discover. Whoever asks it for a provider is told that this provider is not there.
package discover

import (
	"fmt"
	"log"
	"strings"
)

// Provider finds the addresses of machines in one cloud.
type Provider interface {
	Addrs(args map[string]string, logger *log.Logger) ([]string, error)
	Help() string
}

// Providers are those that there are: none.
var Providers = map[string]Provider{}

// Refusal is the error of every search for addresses.
type Refusal struct{ Provider string }

// Error implements error.
func (r Refusal) Error() string {
	return fmt.Sprintf("discover: provider %q is left out of this build of Consul, as all providers are: join by address or DNS name", r.Provider)
}

// Discover refuses what it is asked for.
type Discover struct{}

// Option is accepted and changes nothing.
type Option func(*Discover) error

// New implements the interface of go-discover.
func New(options ...Option) (*Discover, error) {
	discover := &Discover{}
	for _, option := range options {
		if err := option(discover); err != nil {
			return nil, err
		}
	}
	return discover, nil
}

// WithUserAgent is for requests, and none is made.
func WithUserAgent(string) Option { return nothing }

// WithProviders is given Providers and what package k8s has: neither finds anything.
func WithProviders(map[string]Provider) Option { return nothing }

func nothing(*Discover) error { return nil }

// Names are those of the providers that can be used. Consul logs them when it begins to join.
func (*Discover) Names() []string { return nil }

// Help says what can be configured.
func (*Discover) Help() string { return "This build of Consul has no providers.\n" }

// Addrs refuses. The text has the form "provider=NAME key=value ...".
func (*Discover) Addrs(text string, _ *log.Logger) ([]string, error) {
	for _, word := range strings.Fields(text) {
		if key, value, found := strings.Cut(word, "="); found && strings.Trim(key, `"`) == "provider" {
			return nil, Refusal{strings.Trim(value, `"`)}
		}
	}
	return nil, fmt.Errorf("discover: %q names no provider", text)
}
