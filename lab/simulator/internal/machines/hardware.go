package machines

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/simulator/esx"
	"github.com/vmware/govmomi/vim25/types"
)

// hardwareBrowser is where the machine's own hardware version is asked for.
func (m *Machine) hardwareBrowser() types.ManagedObjectReference {
	return types.ManagedObjectReference{Type: "EnvironmentBrowser", Value: "hardware-of-" + m.Self.Value}
}

// reportHardware lets the machine report the hardware version that it has. The simulator reports none, or one for the
// whole cluster, and the Terraform provider then tries to upgrade every machine that it changes.
func (m *Machine) reportHardware() {
	version, err := types.ParseHardwareVersion(m.Config.Version)
	if err != nil {
		return
	}
	browser := &simulator.EnvironmentBrowser{}
	browser.Self = m.hardwareBrowser()
	browser.QueryConfigOptionResponse.Returnval = &types.VirtualMachineConfigOption{
		Version:         m.Config.Version,
		DefaultDevice:   esx.VirtualDevice,
		HardwareOptions: types.VirtualHardwareOption{HwVersion: int32(version)},
	}
	m.set.registry().Put(browser)
	m.EnvironmentBrowser = browser.Self
}
