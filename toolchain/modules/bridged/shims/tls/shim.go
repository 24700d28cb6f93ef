// Package shim hands out the upstream tls provider.
package shim

import (
	"github.com/hashicorp/terraform-plugin-framework/provider"
	upstream "github.com/hashicorp/terraform-provider-tls/internal/provider"
)

// NewProvider returns the upstream Terraform provider, not configured yet.
func NewProvider() provider.Provider { return upstream.New() }
