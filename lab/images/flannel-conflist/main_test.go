package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestRenderTakesTheSubnetFromTheGateway(t *testing.T) {
	rendered, err := render("FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.37.129/25\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n")
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Plugins []struct {
			Type string
			MTU  int
			IPAM struct {
				Ranges [][]struct{ Subnet, Gateway string }
			}
		}
	}
	if err := json.Unmarshal(rendered, &list); err != nil {
		t.Fatal(err)
	}
	bridge := list.Plugins[0]
	if bridge.MTU != 1450 || bridge.IPAM.Ranges[0][0].Subnet != "10.244.37.128/25" || bridge.IPAM.Ranges[0][0].Gateway != "10.244.37.129" {
		t.Errorf("bridge: %+v", bridge)
	}
	if list.Plugins[1].Type != "portmap" {
		t.Errorf("second plugin is %q", list.Plugins[1].Type)
	}
}

func TestRenderNamesTheValueThatIsWrong(t *testing.T) {
	for text, name := range map[string]string{
		"":                               "FLANNEL_SUBNET",
		"FLANNEL_SUBNET=10.244.1.1/24\n": "FLANNEL_NETWORK",
		"FLANNEL_SUBNET=10.244.1.1/24\nFLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_MTU=much": "FLANNEL_MTU",
	} {
		if _, err := render(text); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%q: error %v does not name %s", text, err, name)
		}
	}
}
