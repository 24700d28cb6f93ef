// Package recipe knows the ways in which a piece of the toolchain is made.
package recipe

import (
	"context"
	"io"

	"sitewright/toolchain/internal/download"
	"sitewright/toolchain/internal/progress"
)

// Recipe makes the files of one piece. Its exported fields are part of the piece's identity: another value, another piece.
type Recipe interface {
	// Inputs are the folders of the checkout whose files decide the result.
	Inputs() []string
	// Build makes the files in job.Out.
	Build(ctx context.Context, job Job) error
}

// Job is one run of a recipe.
type Job struct {
	Checkout string           // root of the project
	Work     string           // empty folder, removed afterwards
	Out      string           // empty folder for the result
	Log      io.Writer        // what the compilers print
	Progress *progress.Piece  // hears how far it is; may be nil
	Releases *download.Client // for what makers publish
}
