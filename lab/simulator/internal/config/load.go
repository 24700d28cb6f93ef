package config

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Load reads, completes and checks a config file. All faults are reported at once.
func Load(path string) (*Config, error) {
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

// setDefault sets what the file leaves out.
func setDefault[T comparable](value *T, fallback T) { *value = cmp.Or(*value, fallback) }

// complete fills in the defaults and makes paths absolute.
func (c *Config) complete(base string) {
	setDefault(&c.Listen, "127.0.0.1:8989")
	setDefault(&c.User, "administrator@vsphere.local")
	paths := []*string{&c.PasswordFile, &c.Certificate, &c.Key, &c.CertificateAuthority, &c.StateDirectory}
	for i := range c.Accounts {
		paths = append(paths, &c.Accounts[i].PasswordFile)
	}
	for _, path := range paths {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(base, *path)
		}
	}
	setDefault(&c.Inventory.Switch, "dvs-lab")
	for i := range c.Inventory.Datastores {
		setDefault(&c.Inventory.Datastores[i].Type, "VMFS")
		setDefault(&c.Inventory.Datastores[i].CapacityGiB, 1024)
	}
	for i := range c.Inventory.Templates {
		template := &c.Inventory.Templates[i]
		setDefault(&template.GuestID, "vmwarePhoton64Guest")
		setDefault(&template.CPUs, 2)
		setDefault(&template.MemoryMiB, 2048)
		setDefault(&template.DiskGiB, 16)
		setDefault(&template.Firmware, "efi")
		setDefault(&template.HardwareVersion, 19)
		setDefault(&template.ScsiController, "pvscsi")
		if len(c.Inventory.PortGroups) > 0 {
			setDefault(&template.PortGroup, c.Inventory.PortGroups[0].Name)
		}
		if len(c.Inventory.Datastores) > 0 {
			setDefault(&template.Datastore, c.Inventory.Datastores[0].Name)
		}
	}
	c.FaultInjection.Complete()
	setDefault(&c.Containers.NamePrefix, "sitewright-")
	setDefault(&c.Containers.StopTimeoutSeconds, 3)
	if len(c.Containers.Labels) == 0 {
		c.Containers.Labels = map[string]string{"sitewright.lab": "vm"}
	}
}
