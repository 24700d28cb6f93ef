// Package tier_1s has the client of routes.
package tier_1s

import (
	"github.com/vmware/vsphere-automation-sdk-go/runtime/protocol/client"

	"github.com/vmware/vsphere-automation-sdk-go/services/nsxt/internal/refusing"
	"github.com/vmware/vsphere-automation-sdk-go/services/nsxt/model"
)

// StaticRoutesClient refuses.
type StaticRoutesClient = refusing.Inner[model.StaticRoutes]

// NewStaticRoutesClient makes one.
func NewStaticRoutesClient(client.Connector) StaticRoutesClient { return StaticRoutesClient{} }
