package machines

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"sitewright/lab/simulator/internal/guest"
)

// reportGuest publishes what VMware Tools would report about the running guest.
func (m *Machine) reportGuest(ctx *simulator.Context, own guest.Card) {
	portGroup, key := "", int32(0)
	if group, device, err := m.networkCard(); err == nil {
		// The hardware address is docker's: fixing one needs different options in each docker version.
		device.MacAddress = own.MAC
		portGroup, key = group, device.Key
	}
	hardware := types.PropertyChange{Name: "config.hardware.device", Val: m.Config.Hardware.Device}
	ctx.Update(m.VirtualMachine, append([]types.PropertyChange{hardware}, guest.Running(m.Name, portGroup, key, own)...))
}

// repeatGuest publishes the guest's addresses once more, unchanged. VMware Tools do so all the time,
// and a client that waits for a routable address needs it: it may see the addresses before the
// gateway and look at them only when they are reported again.
func (m *Machine) repeatGuest(ctx *simulator.Context) {
	ctx.WithLock(m.Self, func() {
		if m.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn {
			ctx.Update(m.VirtualMachine, []types.PropertyChange{{Name: "guest.net", Val: m.Guest.Net}})
		}
	})
}

// markOff records that the machine does not run.
func (m *Machine) markOff(ctx *simulator.Context) { ctx.Update(m.VirtualMachine, guest.Stopped()) }
