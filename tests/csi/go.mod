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
	golang.org/x/net v0.48.0 // indirect
	golang.org/x/sys v0.39.0 // indirect
	golang.org/x/text v0.41.0 // indirect
	google.golang.org/genproto/googleapis/rpc v0.0.0-20251202230838-ff82c1b0f217 // indirect
	google.golang.org/protobuf v1.36.10 // indirect
)
