// The process that holds a pod's namespaces.
module sitewright/lab/stand-ins/pause

go 1.26.0
