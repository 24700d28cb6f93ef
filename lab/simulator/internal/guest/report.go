// Package guest is what a virtual machine and its guest tell each other: guestinfo down, VMware Tools' reports up.
package guest

import (
	"net/netip"

	"github.com/vmware/govmomi/vim25/types"
)

// Card is how a guest stands in its network.
type Card struct {
	Address string
	Prefix  int32
	Gateway string
	MAC     string
}

// Running lists what VMware Tools report about a running guest: host name, addresses, default gateway.
//
// portGroup and device name the virtual machine's network card that this is; both may be zero.
func Running(name, portGroup string, device int32, own Card) []types.PropertyChange {
	card := types.GuestNicInfo{
		Connected: true, MacAddress: own.MAC, Network: portGroup, DeviceConfigId: device, IpAddress: []string{own.Address},
	}
	card.IpConfig = &types.NetIpConfigInfo{IpAddress: []types.NetIpConfigInfoIpAddress{{
		IpAddress:    own.Address,
		PrefixLength: own.Prefix,
		State:        string(types.NetIpConfigInfoIpAddressStatusPreferred),
	}}}
	stack := types.GuestStackInfo{
		DnsConfig:     &types.NetDnsConfigInfo{HostName: name},
		IpRouteConfig: &types.NetIpRouteConfigInfo{IpRoute: routes(own)},
	}
	return []types.PropertyChange{
		{Name: "guest.toolsStatus", Val: types.VirtualMachineToolsStatusToolsOk},
		{Name: "guest.toolsRunningStatus", Val: string(types.VirtualMachineToolsRunningStatusGuestToolsRunning)},
		{Name: "guest.guestState", Val: string(types.VirtualMachineGuestStateRunning)},
		{Name: "guest.hostName", Val: name},
		{Name: "guest.ipAddress", Val: own.Address},
		{Name: "guest.ipStack", Val: []types.GuestStackInfo{stack}},
		{Name: "guest.net", Val: []types.GuestNicInfo{card}},
		{Name: "summary.guest.toolsStatus", Val: types.VirtualMachineToolsStatusToolsOk},
		{Name: "summary.guest.toolsRunningStatus", Val: string(types.VirtualMachineToolsRunningStatusGuestToolsRunning)},
		{Name: "summary.guest.hostName", Val: name},
		{Name: "summary.guest.ipAddress", Val: own.Address},
	}
}

func routes(own Card) []types.NetIpRouteConfigInfoIpRoute {
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

// Stopped lists what is reported about a machine whose guest does not run.
func Stopped() []types.PropertyChange {
	return []types.PropertyChange{
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
	}
}
