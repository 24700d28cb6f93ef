package guest

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"net/netip"
	"sort"
	"strings"

	"github.com/vmware/govmomi/vim25/types"
	"gopkg.in/yaml.v3"
)

// decode undoes a cloud-init encoding: "", base64 (b64) or gzip+base64 (gz+b64).
func decode(value, encoding string) ([]byte, error) {
	switch encoding {
	case "":
		return []byte(value), nil
	case "base64", "b64":
		return base64.StdEncoding.DecodeString(value)
	case "gzip+base64", "gz+b64":
		packed, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			return nil, err
		}
		reader, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(io.LimitReader(reader, 1<<20))
	default:
		return nil, fmt.Errorf("encoding %q is not one of base64, gzip+base64", encoding)
	}
}

// networkConfig is the part of cloud-init's network config version 2 that fixes addresses.
type networkConfig struct {
	Network   *networkConfig `yaml:"network"`
	Ethernets map[string]struct {
		Addresses []string `yaml:"addresses"`
	} `yaml:"ethernets"`
}

// StaticAddress finds the one static IPv4 address, with its network, that the machine's cloud-init metadata
// (guestinfo.metadata, JSON or YAML, network config version 2, inline or encoded) will configure,
// so that the machine has the same one. Not valid when the metadata fixes none.
func StaticAddress(extraConfig []types.BaseOptionValue) (netip.Prefix, error) {
	none := netip.Prefix{}
	info := values(extraConfig)
	raw, ok := info["guestinfo.metadata"]
	if !ok {
		return none, nil
	}
	text, err := decode(raw, info["guestinfo.metadata.encoding"])
	if err != nil {
		return none, fmt.Errorf("guestinfo.metadata: %w", err)
	}
	var metadata struct {
		Network  yaml.Node `yaml:"network"`
		Encoding string    `yaml:"network.encoding"`
	}
	if err := yaml.Unmarshal(text, &metadata); err != nil {
		return none, fmt.Errorf("guestinfo.metadata is neither JSON nor YAML: %w", err)
	}
	config := networkConfig{}
	switch metadata.Network.Kind {
	case 0:
		return none, nil
	case yaml.ScalarNode:
		text, err := decode(metadata.Network.Value, metadata.Encoding)
		if err == nil {
			err = yaml.Unmarshal(text, &config)
		}
		if err != nil {
			return none, fmt.Errorf("guestinfo.metadata: network: %w", err)
		}
	default:
		if err := metadata.Network.Decode(&config); err != nil {
			return none, fmt.Errorf("guestinfo.metadata: network: %w", err)
		}
	}
	if config.Network != nil {
		config = *config.Network
	}
	var found []netip.Prefix
	for name, card := range config.Ethernets {
		for _, address := range card.Addresses {
			prefix, err := netip.ParsePrefix(address)
			if err != nil {
				return none, fmt.Errorf("guestinfo.metadata: network.ethernets.%s.addresses: %q is not address/prefix", name, address)
			}
			if prefix.Addr().Is4() {
				found = append(found, prefix)
			}
		}
	}
	switch len(found) {
	case 0:
		return none, nil
	case 1:
		return found[0], nil
	default:
		addresses := make([]string, len(found))
		for i, prefix := range found {
			addresses[i] = prefix.Addr().String()
		}
		sort.Strings(addresses)
		return none, fmt.Errorf("guestinfo.metadata: network: the stand-in takes one IPv4 address, not %s", strings.Join(addresses, ", "))
	}
}
