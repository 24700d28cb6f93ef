package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAllFaultsOfAConfigAtOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.json")
	text := `{"listen":"nonsense","accounts":[{"user":"VSPHERE.LOCAL\\administrator"}],"inventory":{"cluster":{"name":"k8s","hosts":["a","a"]},
		"datastores":[{"name":"ssd","type":"vsan"}],"portGroups":[{"name":"vm-lan"}],
		"templates":[{"name":"photon-5","image":"node","portGroup":"vm-wan","scsiController":"ide","hardwareVersion":1}]},
		"faultInjection":{"lostConnections":5,"faults":[{"fault":"Fire"}]}}`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(file)
	if err == nil {
		t.Fatal("accepted")
	}
	for _, wanted := range []string{
		`listen: "nonsense" is not host:port`, "accounts[0].passwordFile: required", `administrator" is there twice`,
		"inventory.templates[0].hardwareVersion: 1 is not", "certificate: required", "stateDirectory: required",
		"inventory.datacenter: required", `inventory.cluster.hosts[1]: "a" is there twice`,
		`inventory.datastores[0].type: "vsan" is not one of VMFS, NFS`, "inventory.portGroups[0].dockerNetwork: required",
		`faultInjection.faults[0].fault: "Fire" is not one of`, "faultInjection.lostConnections: 5 is not", `scsiController: "ide" is not one of`, `inventory.templates[0].portGroup: "vm-wan" is not one of the port groups`,
	} {
		if !strings.Contains(err.Error(), wanted) {
			t.Errorf("%q is not in:\n%s", wanted, err)
		}
	}
	if err := os.WriteFile(file, []byte(`{"lisen":""}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(file); err == nil || !strings.Contains(err.Error(), "lisen") {
		t.Errorf("unknown key: %v", err)
	}
}
