// Stands where the cloud provider imports the interface of VMware NSX, 12 MB of generated sources; see internal/refusing.
module github.com/vmware/vsphere-automation-sdk-go/services/nsxt

go 1.26.0

require github.com/vmware/vsphere-automation-sdk-go/runtime v0.7.0
