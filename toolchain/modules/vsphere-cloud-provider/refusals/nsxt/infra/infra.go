// Package infra has the clients of load balancers and pools of addresses.
package infra

import (
	"github.com/vmware/vsphere-automation-sdk-go/runtime/data"
	"github.com/vmware/vsphere-automation-sdk-go/runtime/protocol/client"

	"github.com/vmware/vsphere-automation-sdk-go/services/nsxt/internal/refusing"
	"github.com/vmware/vsphere-automation-sdk-go/services/nsxt/model"
)

// Clients of one kind of objects each.
type (
	LbServicesClient        = refusing.Client[model.LBService]
	LbVirtualServersClient  = refusing.Client[model.LBVirtualServer]
	LbPoolsClient           = refusing.Client[model.LBPool]
	LbAppProfilesClient     = refusing.Client[*data.StructValue]
	LbMonitorProfilesClient = refusing.Client[*data.StructValue]
)

// IpPoolsClient is that of pools of addresses.
type IpPoolsClient = refusing.Client[model.IpAddressPool]

// NewLbServicesClient makes one, as the functions below do: none uses its connection.
func NewLbServicesClient(client.Connector) LbServicesClient { return LbServicesClient{} }

// NewLbVirtualServersClient makes one.
func NewLbVirtualServersClient(client.Connector) LbVirtualServersClient {
	return LbVirtualServersClient{}
}

// NewLbPoolsClient makes one.
func NewLbPoolsClient(client.Connector) LbPoolsClient { return LbPoolsClient{} }

// NewLbAppProfilesClient makes one.
func NewLbAppProfilesClient(client.Connector) LbAppProfilesClient { return LbAppProfilesClient{} }

// NewLbMonitorProfilesClient makes one. The cloud provider lists with it before all else, to see whether NSX answers.
func NewLbMonitorProfilesClient(client.Connector) LbMonitorProfilesClient {
	return LbMonitorProfilesClient{}
}

// NewIpPoolsClient makes one.
func NewIpPoolsClient(client.Connector) IpPoolsClient { return IpPoolsClient{} }
