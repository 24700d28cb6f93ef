// The process that holds a pod's namespaces.
module sitewright/toolchain/modules/pause

go 1.26.0
