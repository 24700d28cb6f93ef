package discover_test

import (
	"errors"
	"log"
	"strings"
	"testing"

	"github.com/hashicorp/go-discover"
	"github.com/hashicorp/go-discover/provider/k8s"
)

func TestEveryProviderIsRefusedByName(t *testing.T) {
	refusing := made(t)
	for text, name := range map[string]string{
		"provider=aws tag_key=role tag_value=consul":   "aws",
		`provider="k8s" label_selector="app = consul"`: "k8s",
		"zone_pattern=europe-.* provider=gce":          "gce",
		"provider=nothing-known":                       "nothing-known",
	} {
		addresses, err := refusing.Addrs(text, log.Default())
		var refusal discover.Refusal
		if !errors.As(err, &refusal) || refusal.Provider != name || !strings.Contains(err.Error(), `"`+name+`"`) {
			t.Errorf("%s: refused with %v, not by the name %s", text, err, name)
		}
		if len(addresses) > 0 {
			t.Errorf("%s: found %v", text, addresses)
		}
	}
}

func TestATextWithoutProviderIsRefused(t *testing.T) {
	if _, err := made(t).Addrs("tag_key=provider", log.Default()); err == nil {
		t.Error("a text that names no provider was accepted")
	}
}

func TestNoProviderIsOffered(t *testing.T) {
	if names := made(t).Names(); len(names) > 0 {
		t.Errorf("offers %v", names)
	}
}

// made is what Consul makes of the package before it joins.
func made(t *testing.T) *discover.Discover {
	t.Helper()
	made, err := discover.New(discover.WithUserAgent("Consul"),
		discover.WithProviders(map[string]discover.Provider{"k8s": &k8s.Provider{}}))
	if err != nil {
		t.Fatal(err)
	}
	return made
}
