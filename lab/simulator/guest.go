package main

import (
	"net/netip"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// reportGuest publishes what VMware Tools would report about a running guest: host name, addresses,
// default gateway.
func (m *machine) reportGuest(ctx *simulator.Context, own guestCard) {
	card := types.GuestNicInfo{Connected: true, MacAddress: own.MAC}
	if group, device, err := m.networkCard(); err == nil {
		// The hardware address is docker's: fixing one needs different options in each docker version.
		device.MacAddress = own.MAC
		card.Network, card.DeviceConfigId = group, device.Key
	}
	card.IpAddress = []string{own.Address}
	card.IpConfig = &types.NetIpConfigInfo{IpAddress: []types.NetIpConfigInfoIpAddress{{
		IpAddress:    own.Address,
		PrefixLength: own.Prefix,
		State:        string(types.NetIpConfigInfoIpAddressStatusPreferred),
	}}}
	stack := types.GuestStackInfo{
		DnsConfig:     &types.NetDnsConfigInfo{HostName: m.Name},
		IpRouteConfig: &types.NetIpRouteConfigInfo{IpRoute: m.routes(own)},
	}
	ctx.Update(m.VirtualMachine, []types.PropertyChange{
		{Name: "config.hardware.device", Val: m.Config.Hardware.Device},
		{Name: "guest.toolsStatus", Val: types.VirtualMachineToolsStatusToolsOk},
		{Name: "guest.toolsRunningStatus", Val: string(types.VirtualMachineToolsRunningStatusGuestToolsRunning)},
		{Name: "guest.guestState", Val: string(types.VirtualMachineGuestStateRunning)},
		{Name: "guest.hostName", Val: m.Name},
		{Name: "guest.ipAddress", Val: own.Address},
		{Name: "guest.ipStack", Val: []types.GuestStackInfo{stack}},
		{Name: "guest.net", Val: []types.GuestNicInfo{card}},
		{Name: "summary.guest.toolsStatus", Val: types.VirtualMachineToolsStatusToolsOk},
		{Name: "summary.guest.toolsRunningStatus", Val: string(types.VirtualMachineToolsRunningStatusGuestToolsRunning)},
		{Name: "summary.guest.hostName", Val: m.Name},
		{Name: "summary.guest.ipAddress", Val: own.Address},
	})
}

func (m *machine) routes(own guestCard) []types.NetIpRouteConfigInfoIpRoute {
	var routes []types.NetIpRouteConfigInfoIpRoute
	if own.Gateway != "" {
		routes = append(routes, types.NetIpRouteConfigInfoIpRoute{
			Network: "0.0.0.0",
			Gateway: types.NetIpRouteConfigInfoGateway{IpAddress: own.Gateway, Device: "0"},
		})
	}
	if address, err := netip.ParseAddr(own.Address); err == nil {
		if prefix, err := address.Prefix(int(own.Prefix)); err == nil {
			routes = append(routes, types.NetIpRouteConfigInfoIpRoute{
				Network:      prefix.Addr().String(),
				PrefixLength: own.Prefix,
				Gateway:      types.NetIpRouteConfigInfoGateway{Device: "0"},
			})
		}
	}
	return routes
}

// repeatGuest publishes the guest's addresses once more, unchanged. VMware Tools do so all the time,
// and a client that waits for a routable address needs it: it may see the addresses before the
// gateway and look at them only when they are reported again.
func (m *machine) repeatGuest(ctx *simulator.Context) {
	ctx.WithLock(m.Self, func() {
		if m.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn {
			ctx.Update(m.VirtualMachine, []types.PropertyChange{{Name: "guest.net", Val: m.Guest.Net}})
		}
	})
}

// markOff records that the machine does not run.
func (m *machine) markOff(ctx *simulator.Context) {
	ctx.Update(m.VirtualMachine, []types.PropertyChange{
		{Name: "runtime.powerState", Val: types.VirtualMachinePowerStatePoweredOff},
		{Name: "summary.runtime.powerState", Val: types.VirtualMachinePowerStatePoweredOff},
		{Name: "summary.runtime.bootTime", Val: nil},
		{Name: "guest.toolsStatus", Val: types.VirtualMachineToolsStatusToolsNotRunning},
		{Name: "guest.toolsRunningStatus", Val: string(types.VirtualMachineToolsRunningStatusGuestToolsNotRunning)},
		{Name: "guest.guestState", Val: string(types.VirtualMachineGuestStateNotRunning)},
		{Name: "guest.ipAddress", Val: ""},
		{Name: "guest.ipStack", Val: []types.GuestStackInfo{}},
		{Name: "guest.net", Val: []types.GuestNicInfo{}},
		{Name: "summary.guest.toolsStatus", Val: types.VirtualMachineToolsStatusToolsNotRunning},
		{Name: "summary.guest.toolsRunningStatus", Val: string(types.VirtualMachineToolsRunningStatusGuestToolsNotRunning)},
		{Name: "summary.guest.ipAddress", Val: ""},
	})
}
