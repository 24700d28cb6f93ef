package recipe

import (
	"context"
	"path/filepath"

	"sitewright/toolchain/internal/inputs"
)

// Folder takes files of the checkout as they are.
type Folder struct {
	Path string // relative to the checkout
}

// Inputs implements Recipe.
func (r Folder) Inputs() []string { return []string{r.Path} }

// Build implements Recipe.
func (r Folder) Build(_ context.Context, job Job) error {
	return copyTree(filepath.Join(job.Checkout, r.Path), job.Out, inputs.Skipped)
}
