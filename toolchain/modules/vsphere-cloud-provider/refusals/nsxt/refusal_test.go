package nsxt_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/vmware/vsphere-automation-sdk-go/services/nsxt/infra"
	"github.com/vmware/vsphere-automation-sdk-go/services/nsxt/infra/ip_pools"
	"github.com/vmware/vsphere-automation-sdk-go/services/nsxt/infra/realized_state"
	"github.com/vmware/vsphere-automation-sdk-go/services/nsxt/infra/tier_1s"
	"github.com/vmware/vsphere-automation-sdk-go/services/nsxt/internal/refusing"
	"github.com/vmware/vsphere-automation-sdk-go/services/nsxt/model"
	"github.com/vmware/vsphere-automation-sdk-go/services/nsxt/search"
)

// The calls with which the cloud provider begins, and which change something.
func TestEveryCallIsRefusedByName(t *testing.T) {
	_, profiles := infra.NewLbMonitorProfilesClient(nil).List(nil, nil, nil, nil, nil, nil)
	_, service := infra.NewLbServicesClient(nil).Update("service", model.LBService{})
	_, pool := infra.NewIpPoolsClient(nil).Get("pool")
	_, allocations := ip_pools.NewIpAllocationsClient(nil).List("pool", nil, nil, nil, nil, nil, nil)
	_, state := realized_state.NewRealizedEntitiesClient(nil).List("path", nil)
	_, found := search.NewQueryClient(nil).List("query", nil, nil, nil, nil, nil)
	for name, err := range map[string]error{
		"profiles": profiles, "service": service, "pool": pool, "allocations": allocations, "state": state, "search": found,
		"server": infra.NewLbVirtualServersClient(nil).Delete("server", nil),
		"route":  tier_1s.NewStaticRoutesClient(nil).Patch("router", "route", model.StaticRoutes{}),
	} {
		if !errors.Is(err, refusing.ErrLeftOut) || !strings.Contains(err.Error(), "nsxt") {
			t.Errorf("%s: done, or refused with %v", name, err)
		}
	}
}
