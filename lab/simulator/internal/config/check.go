package config

import (
	"fmt"
	"net"

	"github.com/vmware/govmomi/vim25/types"

	"sitewright/lab/simulator/internal/accounts"
)

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
	users := map[string]bool{accounts.Principal(c.User): true}
	for i, account := range c.Accounts {
		required(fmt.Sprintf("accounts[%d].user", i), account.User)
		required(fmt.Sprintf("accounts[%d].passwordFile", i), account.PasswordFile)
		if users[accounts.Principal(account.User)] {
			fault("accounts[%d].user: %q is there twice", i, account.User)
		}
		users[accounts.Principal(account.User)] = true
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
	if c.HasContainers() {
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
	return append(faults, c.FaultInjection.Check("faultInjection")...)
}
