package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/types"
)

// PasswordVariable names the environment variable that carries the administrator's password when
// the config names no password file. A password never travels as an argument: argument lists are
// readable by every process of the machine.
const PasswordVariable = "SITEWRIGHT_VCENTER_PASSWORD"

// Config is the whole config file (JSON). Relative paths are relative to the folder of the file.
// Unknown keys are refused.
type Config struct {
	// Listen is the address of the HTTPS endpoint; port 0 takes a free one, which the first line of output tells.
	// Default 127.0.0.1:8989.
	Listen string `json:"listen"`
	// User is the account that may do everything. Default administrator@vsphere.local.
	User string `json:"user"`
	// PasswordFile holds the password (a final newline is ignored). When absent, the password
	// is taken from the environment variable SITEWRIGHT_VCENTER_PASSWORD.
	PasswordFile string `json:"passwordFile"`
	// Accounts may log in too. They have no permissions but those that somebody gives them.
	Accounts []Account `json:"accounts"`
	// Certificate and Key are the server's PEM files; CertificateAuthority is the PEM file of the
	// authority that signed it, used by `inventory`. `certificates` makes all three.
	Certificate          string `json:"certificate"`
	Key                  string `json:"key"`
	CertificateAuthority string `json:"certificateAuthority"`
	// StateDirectory holds the journal of folders and virtual machines and the datastores'
	// placeholder files. Created with mode 0700.
	StateDirectory string `json:"stateDirectory"`
	// Version is what the vCenter says it is, such as 8.0.3. Default: what the simulator says, 6.5.0, with which vSphere's CSI
	// driver does not work.
	Version string `json:"version"`

	Inventory  Inventory  `json:"inventory"`
	Containers Containers `json:"containers"`
	// Trouble is for tests. Default none.
	Trouble Trouble `json:"trouble"`
}

// Inventory is what exists before anybody creates anything: names as on a real site.
type Inventory struct {
	Datacenter string `json:"datacenter"`
	// Switch is the distributed switch that carries the port groups. Default dvs-lab.
	Switch  string  `json:"switch"`
	Cluster Cluster `json:"cluster"`
	// OtherClusters are compute clusters beside it, which machines may be placed on. Default none.
	OtherClusters []Cluster   `json:"otherClusters"`
	Datastores    []Datastore `json:"datastores"`
	PortGroups    []PortGroup `json:"portGroups"`
	Templates     []Template  `json:"templates"`
}

// Cluster is a compute cluster. Its root resource pool is called Resources, as everywhere.
type Cluster struct {
	Name  string   `json:"name"`
	Hosts []string `json:"hosts"`
	// ResourcePools are children of the root pool. Default none.
	ResourcePools []string `json:"resourcePools"`
}

// Datastore is one datastore, mounted on every host.
type Datastore struct {
	Name string `json:"name"`
	// Type is VMFS (default) or NFS. It is only reported, nothing is mounted.
	Type string `json:"type"`
	// CapacityGiB is the reported size in GiB. Default 1024.
	CapacityGiB int64 `json:"capacityGiB"`
}

// PortGroup is one distributed port group and the docker network behind it, which must exist when
// a virtual machine with a container on it is powered on; needed where any template has an image.
type PortGroup struct {
	Name          string `json:"name"`
	DockerNetwork string `json:"dockerNetwork"`
}

// Template is one template and the container that stands in for each of its clones.
type Template struct {
	Name string `json:"name"`
	// GuestID is a vSphere guest identifier. Default vmwarePhoton64Guest.
	GuestID   string `json:"guestId"`
	CPUs      int32  `json:"cpus"`      // default 2
	MemoryMiB int64  `json:"memoryMiB"` // default 2048
	DiskGiB   int64  `json:"diskGiB"`   // default 16
	// Firmware is bios or efi. Default efi.
	Firmware string `json:"firmware"`
	// PortGroup and Datastore default to the first of each.
	PortGroup string `json:"portGroup"`
	Datastore string `json:"datastore"`
	// HardwareVersion is the number in vmx-19. Default 19.
	HardwareVersion int `json:"hardwareVersion"`
	// ScsiController is pvscsi, lsilogic or lsilogic-sas. Default pvscsi.
	ScsiController string `json:"scsiController"`
	// VirtualMachine leaves it a virtual machine, which can be cloned as well, and Snapshots is how many it has, each
	// on the one before.
	VirtualMachine bool `json:"virtualMachine"`
	Snapshots      int  `json:"snapshots"`
	// Image is the container image; it must be on the machine, it is never pulled. Default: none, and the clones have no
	// containers; they report the static address of their metadata as soon as they are powered on.
	Image string `json:"image"`
	// Arguments are options of `docker create` (capabilities, tmpfs ...), Command what runs
	// in the container (default: the image's own).
	Arguments []string `json:"arguments"`
	Command   []string `json:"command"`
}

// Containers holds what all containers share.
type Containers struct {
	// NamePrefix comes before the virtual machine's name in the container's name.
	// Default "sitewright-".
	NamePrefix string `json:"namePrefix"`
	// Labels are set on each container, so that leftovers can be found.
	// Default {"sitewright.lab": "vm"}.
	Labels map[string]string `json:"labels"`
	// StopTimeoutSeconds is how long a guest shutdown may take before the container is killed.
	// Default 3: node containers with running pods are slow to stop, and nothing in them is
	// worth the wait.
	StopTimeoutSeconds int `json:"stopTimeoutSeconds"`
}

// LoadConfig reads, completes and checks a config file. All faults are reported at once.
func LoadConfig(path string) (*Config, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	defer file.Close()
	decoder := json.NewDecoder(file)
	decoder.DisallowUnknownFields()
	config := &Config{}
	if err := decoder.Decode(config); err != nil {
		return nil, fmt.Errorf("config %s: %w", path, err)
	}
	config.complete(filepath.Dir(path))
	if faults := config.faults(); len(faults) > 0 {
		return nil, fmt.Errorf("config %s:\n  %s", path, strings.Join(faults, "\n  "))
	}
	return config, nil
}

func orDefault[T comparable](value *T, fallback T) {
	var zero T
	if *value == zero {
		*value = fallback
	}
}

// complete fills in the defaults and makes paths absolute.
func (c *Config) complete(base string) {
	orDefault(&c.Listen, "127.0.0.1:8989")
	orDefault(&c.User, "administrator@vsphere.local")
	paths := []*string{&c.PasswordFile, &c.Certificate, &c.Key, &c.CertificateAuthority, &c.StateDirectory}
	for i := range c.Accounts {
		paths = append(paths, &c.Accounts[i].PasswordFile)
	}
	for _, path := range paths {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(base, *path)
		}
	}
	orDefault(&c.Inventory.Switch, "dvs-lab")
	for i := range c.Inventory.Datastores {
		orDefault(&c.Inventory.Datastores[i].Type, "VMFS")
		orDefault(&c.Inventory.Datastores[i].CapacityGiB, 1024)
	}
	for i := range c.Inventory.Templates {
		template := &c.Inventory.Templates[i]
		orDefault(&template.GuestID, "vmwarePhoton64Guest")
		orDefault(&template.CPUs, 2)
		orDefault(&template.MemoryMiB, 2048)
		orDefault(&template.DiskGiB, 16)
		orDefault(&template.Firmware, "efi")
		orDefault(&template.HardwareVersion, 19)
		orDefault(&template.ScsiController, "pvscsi")
		if len(c.Inventory.PortGroups) > 0 {
			orDefault(&template.PortGroup, c.Inventory.PortGroups[0].Name)
		}
		if len(c.Inventory.Datastores) > 0 {
			orDefault(&template.Datastore, c.Inventory.Datastores[0].Name)
		}
	}
	c.Trouble.complete()
	orDefault(&c.Containers.NamePrefix, "sitewright-")
	orDefault(&c.Containers.StopTimeoutSeconds, 3)
	if len(c.Containers.Labels) == 0 {
		c.Containers.Labels = map[string]string{"sitewright.lab": "vm"}
	}
}

// faults lists everything that is wrong, each with its path and what is allowed.
func (c *Config) faults() []string {
	var faults []string
	fault := func(format string, values ...any) { faults = append(faults, fmt.Sprintf(format, values...)) }
	required := func(path, value string) {
		if value == "" {
			fault("%s: required, but missing or empty", path)
		}
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		fault("listen: %q is not host:port", c.Listen)
	}
	users := map[string]bool{principal(c.User): true}
	for i, account := range c.Accounts {
		required(fmt.Sprintf("accounts[%d].user", i), account.User)
		required(fmt.Sprintf("accounts[%d].passwordFile", i), account.PasswordFile)
		if users[principal(account.User)] {
			fault("accounts[%d].user: %q is there twice", i, account.User)
		}
		users[principal(account.User)] = true
	}
	required("certificate", c.Certificate)
	required("key", c.Key)
	required("certificateAuthority", c.CertificateAuthority)
	required("stateDirectory", c.StateDirectory)
	required("inventory.datacenter", c.Inventory.Datacenter)

	names := func(path string, count int, name func(int) string) map[string]bool {
		if count == 0 {
			fault("%s: at least one is needed", path)
		}
		seen := map[string]bool{}
		for i := range count {
			required(fmt.Sprintf("%s[%d].name", path, i), name(i))
			if seen[name(i)] {
				fault("%s[%d]: %q is there twice", path, i, name(i))
			}
			seen[name(i)] = true
		}
		return seen
	}
	inventory := c.Inventory
	for i, cluster := range append([]Cluster{inventory.Cluster}, inventory.OtherClusters...) {
		path := "inventory.cluster"
		if i > 0 {
			path = fmt.Sprintf("inventory.otherClusters[%d]", i-1)
		}
		required(path+".name", cluster.Name)
		names(path+".hosts", len(cluster.Hosts), func(i int) string { return cluster.Hosts[i] })
	}
	datastores := names("inventory.datastores", len(inventory.Datastores), func(i int) string { return inventory.Datastores[i].Name })
	portGroups := names("inventory.portGroups", len(inventory.PortGroups), func(i int) string { return inventory.PortGroups[i].Name })
	names("inventory.templates", len(inventory.Templates), func(i int) string { return inventory.Templates[i].Name })
	for i, datastore := range inventory.Datastores {
		if datastore.Type != "VMFS" && datastore.Type != "NFS" {
			fault("inventory.datastores[%d].type: %q is not one of VMFS, NFS", i, datastore.Type)
		}
	}
	if c.hasContainers() {
		for i, group := range inventory.PortGroups {
			required(fmt.Sprintf("inventory.portGroups[%d].dockerNetwork", i), group.DockerNetwork)
		}
	}
	for i, template := range inventory.Templates {
		path := fmt.Sprintf("inventory.templates[%d]", i)
		if !portGroups[template.PortGroup] {
			fault("%s.portGroup: %q is not one of the port groups", path, template.PortGroup)
		}
		if !datastores[template.Datastore] {
			fault("%s.datastore: %q is not one of the datastores", path, template.Datastore)
		}
		if template.Firmware != "bios" && template.Firmware != "efi" {
			fault("%s.firmware: %q is not one of bios, efi", path, template.Firmware)
		}
		if template.ScsiController != "pvscsi" && template.ScsiController != "lsilogic" && template.ScsiController != "lsilogic-sas" {
			fault("%s.scsiController: %q is not one of pvscsi, lsilogic, lsilogic-sas", path, template.ScsiController)
		}
		if !types.HardwareVersion(template.HardwareVersion).IsSupported() {
			fault("%s.hardwareVersion: %d is not one that vSphere has", path, template.HardwareVersion)
		}
		if template.CPUs < 1 || template.MemoryMiB < 64 || template.DiskGiB < 1 {
			fault("%s: cpus must be at least 1, memoryMiB at least 64, diskGiB at least 1", path)
		}
	}
	if c.Containers.StopTimeoutSeconds < 1 {
		fault("containers.stopTimeoutSeconds: %d is less than 1", c.Containers.StopTimeoutSeconds)
	}
	return append(faults, c.Trouble.faults()...)
}

// hasContainers tells whether any virtual machine is a container.
func (c *Config) hasContainers() bool {
	return slices.ContainsFunc(c.Inventory.Templates, func(template Template) bool { return template.Image != "" })
}

// template finds a template by name.
func (c *Config) template(name string) (Template, bool) {
	for _, template := range c.Inventory.Templates {
		if template.Name == name {
			return template, true
		}
	}
	return Template{}, false
}

// dockerNetwork finds the docker network behind a port group.
func (c *Config) dockerNetwork(portGroup string) (string, bool) {
	for _, group := range c.Inventory.PortGroups {
		if group.Name == portGroup {
			return group.DockerNetwork, true
		}
	}
	return "", false
}
