// The language host for Node.js that pulumi starts: release 3.68.0, of ../../modules/language-host, and what that lacks: to
// run policy packs, and to hear of a program's options.
module sitewright/toolchain/plugins/policy-host

go 1.26.0

require (
	github.com/pulumi/pulumi/sdk/v3 v3.256.0
	google.golang.org/grpc v1.83.0
	google.golang.org/protobuf v1.36.12-0.20260120151049-f2248ac996af
)

require (
	golang.org/x/net v0.57.0 // indirect
	golang.org/x/sys v0.47.0 // indirect
	golang.org/x/text v0.41.0 // indirect
	google.golang.org/genproto/googleapis/rpc v0.0.0-20260803160001-6ac0973c030d // indirect
)
