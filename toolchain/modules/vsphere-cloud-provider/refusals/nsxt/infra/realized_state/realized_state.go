// Package realized_state has the client that tells what became of an object.
package realized_state

import (
	"github.com/vmware/vsphere-automation-sdk-go/runtime/protocol/client"

	"github.com/vmware/vsphere-automation-sdk-go/services/nsxt/internal/refusing"
	"github.com/vmware/vsphere-automation-sdk-go/services/nsxt/model"
)

// RealizedEntitiesClient refuses.
type RealizedEntitiesClient struct{}

// NewRealizedEntitiesClient makes one.
func NewRealizedEntitiesClient(client.Connector) RealizedEntitiesClient {
	return RealizedEntitiesClient{}
}

// List refuses.
func (RealizedEntitiesClient) List(string, *string) (model.GenericPolicyRealizedResourceListResult, error) {
	return model.GenericPolicyRealizedResourceListResult{}, refusing.ErrLeftOut
}
