package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vmware/govmomi/vim25/types"
)

func TestAllFaultsOfAConfigAtOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.json")
	text := `{"listen":"nonsense","accounts":[{"user":"VSPHERE.LOCAL\\administrator"}],"inventory":{"cluster":{"name":"k8s","hosts":["a","a"]},
		"datastores":[{"name":"ssd","type":"vsan"}],"portGroups":[{"name":"vm-lan"}],
		"templates":[{"name":"photon-5","image":"node","portGroup":"vm-wan","scsiController":"ide","hardwareVersion":1}]},
		"trouble":{"lostConnections":5,"faults":[{"fault":"Fire"}]}}`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := LoadConfig(file)
	if err == nil {
		t.Fatal("accepted")
	}
	for _, wanted := range []string{
		`listen: "nonsense" is not host:port`, "accounts[0].passwordFile: required", `administrator" is there twice`,
		"inventory.templates[0].hardwareVersion: 1 is not", "certificate: required", "stateDirectory: required",
		"inventory.datacenter: required", `inventory.cluster.hosts[1]: "a" is there twice`,
		`inventory.datastores[0].type: "vsan" is not one of VMFS, NFS`, "inventory.portGroups[0].dockerNetwork: required",
		`trouble.faults[0].fault: "Fire" is not one of`, "trouble.lostConnections: 5 is not", `scsiController: "ide" is not one of`, `inventory.templates[0].portGroup: "vm-wan" is not one of the port groups`,
	} {
		if !strings.Contains(err.Error(), wanted) {
			t.Errorf("%q is not in:\n%s", wanted, err)
		}
	}
	if err := os.WriteFile(file, []byte(`{"lisen":""}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadConfig(file); err == nil || !strings.Contains(err.Error(), "lisen") {
		t.Errorf("unknown key: %v", err)
	}
}

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
		address, err := staticAddress(options)
		text := ""
		if address.IsValid() {
			text = address.Addr().String()
		}
		if text != test.address || (err == nil) != (test.fault == "") || (err != nil && !strings.Contains(err.Error(), test.fault)) {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
}

func TestOversizedGuestInfoIsRefused(t *testing.T) {
	err := createContainer(containerSpec{Environment: []string{"VMX_GUESTINFO_USERDATA=" + strings.Repeat("x", maxEnvironment)}})
	if err == nil || !strings.Contains(err.Error(), "gzip+base64") {
		t.Errorf("%v", err)
	}
}

func TestCertificatesAreMadeOnceAndRenewed(t *testing.T) {
	directory := t.TempDir()
	read := func(name string) string {
		content, err := os.ReadFile(filepath.Join(directory, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	issueFor := func(hosts ...string) (authority, server string) {
		if err := makeCertificates(directory, hosts); err != nil {
			t.Fatal(err)
		}
		return read(authorityFile), read(serverFile)
	}
	authority, server := issueFor("127.0.0.1", "localhost")
	if again, same := issueFor("127.0.0.1", "localhost"); again != authority || same != server {
		t.Error("made anew without need")
	}
	if again, other := issueFor("127.0.0.1"); again != authority || other == server {
		t.Error("other hosts need another certificate of the same authority")
	}
	for _, key := range []string{authorityKeyFile, serverKeyFile} {
		if info, err := os.Stat(filepath.Join(directory, key)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", key, info.Mode(), err)
		}
	}
	if serverLifetime > 398*24*time.Hour {
		t.Error("clients refuse server certificates that live longer than 398 days")
	}
}
