// The upstream provider lives in an internal package; Go opens it to modules below its own path, so this module is
// named below it (and replaced by this folder in ../../go.mod).
module github.com/terraform-providers/terraform-provider-random/shim

go 1.25.0

require (
	github.com/hashicorp/terraform-plugin-framework v1.19.0
	github.com/terraform-providers/terraform-provider-random v1.3.2-0.20260513075824-f8d869dc98d9
)
