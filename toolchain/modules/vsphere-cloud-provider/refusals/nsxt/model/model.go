// Package model has the objects of NSX that the cloud provider names, with the fields that it does.
package model

import (
	"github.com/vmware/vsphere-automation-sdk-go/runtime/bindings"
	"github.com/vmware/vsphere-automation-sdk-go/runtime/data"

	"github.com/vmware/vsphere-automation-sdk-go/services/nsxt/internal/refusing"
)

// Values that the cloud provider compares with and sets.
const (
	LBService_SIZE_SMALL  = "SMALL"
	LBService_SIZE_MEDIUM = "MEDIUM"
	LBService_SIZE_LARGE  = "LARGE"
	LBService_SIZE_XLARGE = "XLARGE"
	LBService_SIZE_DLB    = "DLB"

	LBAppProfile_RESOURCE_TYPE_LBFASTTCPPROFILE        = "LBFastTcpProfile"
	LBAppProfile_RESOURCE_TYPE_LBFASTUDPPROFILE        = "LBFastUdpProfile"
	LBMonitorProfile_RESOURCE_TYPE_LBTCPMONITORPROFILE = "LBTcpMonitorProfile"
	LBSnatAutoMap__TYPE_IDENTIFIER                     = "LBSnatAutoMap"
	LBSnatDisabled__TYPE_IDENTIFIER                    = "LBSnatDisabled"
)

// Tag is a mark of an object.
type Tag struct{ Scope, Tag *string }

// LBService is a load balancer.
type LBService struct {
	Id, DisplayName, Description, Path, Size, ConnectivityPath *string
	Enabled                                                    *bool
	Tags                                                       []Tag
}

// LBVirtualServer is an address of a load balancer.
type LBVirtualServer struct {
	Id, DisplayName, Description, Path, IpAddress   *string
	ApplicationProfilePath, PoolPath, LbServicePath *string
	Enabled                                         *bool
	Ports, DefaultPoolMemberPorts                   []string
	Tags                                            []Tag
}

// LBPool is what a load balancer distributes to.
type LBPool struct {
	Id, DisplayName, Description, Path *string
	SnatTranslation                    *data.StructValue
	Members                            []LBPoolMember
	ActiveMonitorPaths                 []string
	Tags                               []Tag
}

// LBPoolMember is one of a pool.
type LBPoolMember struct{ AdminState, DisplayName, IpAddress, Port *string }

// LBTcpMonitorProfile says how a pool's members are watched.
type LBTcpMonitorProfile struct {
	Id, DisplayName, Description, Path *string
	ResourceType                       string
	MonitorPort                        *int64
	Tags                               []Tag
}

// LBSnatAutoMap has a load balancer take an address of its own.
type LBSnatAutoMap struct{ Type_ string }

// LBSnatDisabled has it take none.
type LBSnatDisabled struct{ Type_ string }

// IpAddressPool is a range of addresses.
type IpAddressPool struct{ Id, DisplayName *string }

// IpAddressAllocation is an address taken from a pool.
type IpAddressAllocation struct {
	Id, Path, AllocationIp *string
	Tags                   []Tag
}

// StaticRoutes is a route of a router.
type StaticRoutes struct {
	DisplayName, Network *string
	NextHops             []RouterNexthop
	Tags                 []Tag
}

// RouterNexthop is where a route leads.
type RouterNexthop struct{ IpAddress *string }

// SearchResponse is what a search finds.
type SearchResponse = refusing.Result[*data.StructValue]

// GenericPolicyRealizedResourceListResult is what became of an object.
type GenericPolicyRealizedResourceListResult = refusing.Result[GenericPolicyRealizedResource]

// GenericPolicyRealizedResource is one part of it.
type GenericPolicyRealizedResource struct {
	State              *string
	IntentPaths        []string
	ExtendedAttributes []AttributeVal
}

// AttributeVal is a named value.
type AttributeVal struct {
	Key    *string
	Values []string
}

// ApiError is what NSX answers a wrong request with.
type ApiError struct {
	ErrorMessage  *string
	ErrorCode     *int64
	RelatedErrors []RelatedApiError
}

// RelatedApiError is what that came from.
type RelatedApiError struct {
	ErrorMessage *string
	ErrorCode    *int64
}

// ApiErrorBindingType would describe the form of an ApiError; the forms of all objects are those of a text here, so that no
// object is taken for one that NSX could be sent.
func ApiErrorBindingType() bindings.BindingType { return bindings.NewStringType() }

// LBTcpMonitorProfileBindingType is like ApiErrorBindingType.
func LBTcpMonitorProfileBindingType() bindings.BindingType { return bindings.NewStringType() }

// LBSnatAutoMapBindingType is like ApiErrorBindingType.
func LBSnatAutoMapBindingType() bindings.BindingType { return bindings.NewStringType() }

// LBSnatDisabledBindingType is like ApiErrorBindingType.
func LBSnatDisabledBindingType() bindings.BindingType { return bindings.NewStringType() }
