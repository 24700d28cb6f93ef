package guest

import (
	"strings"
	"testing"

	"github.com/vmware/govmomi/vim25/types"
)

func TestStaticAddress(t *testing.T) {
	for name, test := range map[string]struct{ metadata, encoding, address, fault string }{
		"none":       {"", "", "", ""},
		"no network": {`{"instance-id":"a"}`, "", "", ""},
		"json":       {`{"network":{"version":2,"ethernets":{"a":{"addresses":["10.0.0.5/24","fd00::5/64"]}}}}`, "", "10.0.0.5", ""},
		"yaml":       {"network:\n  network:\n    version: 2\n    ethernets:\n      a:\n        addresses: [10.0.0.5/24]\n", "", "10.0.0.5", ""},
		"base64":     {"eyJuZXR3b3JrIjp7ImV0aGVybmV0cyI6eyJhIjp7ImFkZHJlc3NlcyI6WyIxMC4wLjAuNS8yNCJdfX19fQ==", "base64", "10.0.0.5", ""},
		"nested": {`{"network":"bmV0d29yazoge2V0aGVybmV0czoge2E6IHthZGRyZXNzZXM6IFsxMC4wLjAuNS8yNF19fX0=","network.encoding":"base64"}`,
			"", "10.0.0.5", ""},
		"dhcp":      {`{"network":{"version":2,"ethernets":{"a":{"dhcp4":true}}}}`, "", "", ""},
		"no prefix": {`{"network":{"ethernets":{"a":{"addresses":["10.0.0.5"]}}}}`, "", "", "is not address/prefix"},
		"two":       {`{"network":{"ethernets":{"a":{"addresses":["10.0.0.5/24","10.0.0.6/24"]}}}}`, "", "", "takes one IPv4 address"},
		"encoding":  {"x", "rot13", "", `encoding "rot13"`},
	} {
		options := []types.BaseOptionValue{
			&types.OptionValue{Key: "guestinfo.metadata", Value: test.metadata},
			&types.OptionValue{Key: "guestinfo.metadata.encoding", Value: test.encoding},
		}
		address, err := StaticAddress(options)
		text := ""
		if address.IsValid() {
			text = address.Addr().String()
		}
		if text != test.address || (err == nil) != (test.fault == "") || (err != nil && !strings.Contains(err.Error(), test.fault)) {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
}
