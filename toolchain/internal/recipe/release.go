package recipe

import (
	"context"
	"fmt"
	"path"

	"sitewright/toolchain/internal/unpack"
)

// Release takes the programs that their maker has published.
type Release struct {
	Version   string
	Downloads []ReleaseFile
}

// ReleaseFile is one file of a release. The same content at another place is the same piece.
type ReleaseFile struct {
	URL    string `json:"-"`
	SHA256 string
	Files  map[string]string // names in the piece, and the paths in the archive that they have there
}

// Inputs implements Recipe: a release depends on nothing of the checkout.
func (Release) Inputs() []string { return nil }

// Build implements Recipe.
func (r Release) Build(ctx context.Context, job Job) error {
	for _, one := range r.Downloads {
		archive, err := job.Releases.Fetch(ctx, one.URL, one.SHA256, func(there, all int64) {
			job.Progress.Doing(far(path.Base(one.URL), there, all))
		})
		if err != nil {
			return err
		}
		if err := unpack.Files(archive, one.URL, one.Files, job.Out); err != nil {
			return fmt.Errorf("%s, whose checksum is right, cannot be used: %w; correct toolchain/releases.json", one.URL, err)
		}
	}
	for _, one := range r.Downloads {
		if err := job.Releases.Remove(one.SHA256); err != nil {
			return err
		}
	}
	return nil
}

func far(name string, there, all int64) string {
	if all == 0 {
		return fmt.Sprintf("downloading %s %d MB", name, there/1e6)
	}
	return fmt.Sprintf("downloading %s %d of %d MB", name, there/1e6, all/1e6)
}
