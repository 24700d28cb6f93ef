// Tests of vSphere's CSI driver against the simulated vCenter.
module sitewright/tests/csi

go 1.26.0

require (
	github.com/container-storage-interface/spec v1.12.0
	github.com/vmware/govmomi v0.56.0
	google.golang.org/grpc v1.79.3
)

require (
	github.com/google/uuid v1.6.0 // indirect
	golang.org/x/net v0.57.0 // indirect
	golang.org/x/sys v0.47.0 // indirect
	golang.org/x/text v0.41.0 // indirect
	google.golang.org/genproto/googleapis/rpc v0.0.0-20260217215200-42d3e9bedb6d // indirect
	google.golang.org/protobuf v1.36.12-0.20260120151049-f2248ac996af // indirect
)
