// Package config is the config file of the simulated vCenter.
package config

import (
	"fmt"
	"os"
	"slices"

	"sitewright/lab/simulator/internal/accounts"
	"sitewright/lab/simulator/internal/faults"
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
	// Accounts may log in too. They have no permissions at first.
	Accounts []accounts.Account `json:"accounts"`
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
	// FaultInjection is for tests. Default none.
	FaultInjection faults.Settings `json:"faultInjection"`
}

// Inventory is what exists before anything is created: names as on a real site.
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

// HasContainers tells whether any virtual machine is a container.
func (c *Config) HasContainers() bool {
	return slices.ContainsFunc(c.Inventory.Templates, func(template Template) bool { return template.Image != "" })
}

// Template finds a template by name.
func (c *Config) Template(name string) (Template, bool) {
	for _, template := range c.Inventory.Templates {
		if template.Name == name {
			return template, true
		}
	}
	return Template{}, false
}

// DockerNetwork finds the docker network behind a port group.
func (c *Config) DockerNetwork(portGroup string) (string, bool) {
	for _, group := range c.Inventory.PortGroups {
		if group.Name == portGroup {
			return group.DockerNetwork, true
		}
	}
	return "", false
}

// Password reads the administrator's password from the file or the environment.
func (c *Config) Password() (string, error) {
	if c.PasswordFile == "" {
		if password := os.Getenv(PasswordVariable); password != "" {
			return password, nil
		}
		return "", fmt.Errorf("no password: set passwordFile in the config or the environment variable %s", PasswordVariable)
	}
	return accounts.ReadPassword(c.PasswordFile)
}
