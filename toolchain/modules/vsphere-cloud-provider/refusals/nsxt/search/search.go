// Package search has the client that looks for objects.
package search

import (
	"github.com/vmware/vsphere-automation-sdk-go/runtime/protocol/client"

	"github.com/vmware/vsphere-automation-sdk-go/services/nsxt/internal/refusing"
	"github.com/vmware/vsphere-automation-sdk-go/services/nsxt/model"
)

// QueryClient refuses.
type QueryClient struct{}

// NewQueryClient makes one.
func NewQueryClient(client.Connector) QueryClient { return QueryClient{} }

// List refuses.
func (QueryClient) List(string, *string, *string, *int64, *bool, *string) (model.SearchResponse, error) {
	return model.SearchResponse{}, refusing.ErrLeftOut
}
