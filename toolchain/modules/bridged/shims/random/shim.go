// Package shim hands out the upstream random provider.
package shim

import (
	"github.com/hashicorp/terraform-plugin-framework/provider"
	upstream "github.com/terraform-providers/terraform-provider-random/internal/provider"
)

// NewProvider returns the upstream Terraform provider, not configured yet.
func NewProvider() provider.Provider { return upstream.New() }
