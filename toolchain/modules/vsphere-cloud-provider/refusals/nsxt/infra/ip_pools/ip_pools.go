// Package ip_pools has the client of addresses taken from a pool.
package ip_pools

import (
	"github.com/vmware/vsphere-automation-sdk-go/runtime/protocol/client"

	"github.com/vmware/vsphere-automation-sdk-go/services/nsxt/internal/refusing"
	"github.com/vmware/vsphere-automation-sdk-go/services/nsxt/model"
)

// IpAllocationsClient refuses.
type IpAllocationsClient = refusing.Inner[model.IpAddressAllocation]

// NewIpAllocationsClient makes one.
func NewIpAllocationsClient(client.Connector) IpAllocationsClient { return IpAllocationsClient{} }
