// Package release knows which pieces of the toolchain their makers publish as programs, where, and under which checksums.
package release

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
)

// File is where a checkout keeps its table.
const File = "toolchain/releases.json"

// Entry is one file that a maker publishes, or the same file for each platform. A piece may need several.
type Entry struct {
	Piece     string
	Version   string
	Source    string              // who published these checksums, at which commit
	Platforms map[string]Download // by GOOS/GOARCH
}

// Download is a file, and what of it becomes part of a piece.
type Download struct {
	URL    string
	SHA256 string
	// Files are names in the piece, and the paths in the archive that they have there; a file that is no archive has none.
	Files map[string]string
}

// Table is the list of a checkout.
type Table []Entry

// Read reads the table of a checkout; all that is wrong with it is in one error.
func Read(checkout string) (Table, error) {
	path := filepath.Join(checkout, File)
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var table Table
	if err := json.Unmarshal(content, &table); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := table.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return table, nil
}

// Of are the downloads that make up the release of a piece for a platform; without any there is none.
func (t Table) Of(piece, platform string) []Download {
	var found []Download
	for _, entry := range t {
		if download, isThere := entry.Platforms[platform]; isThere && entry.Piece == piece {
			found = append(found, download)
		}
	}
	return found
}

// Version is that of a piece's release.
func (t Table) Version(piece string) string {
	for _, entry := range t {
		if entry.Piece == piece {
			return entry.Version
		}
	}
	return ""
}

var checksum = regexp.MustCompile(`^[0-9a-f]{64}$`)

func (t Table) check() error {
	var wrong []error
	for _, entry := range t {
		for platform, download := range entry.Platforms {
			of := fmt.Sprintf("%s for %s", entry.Piece, platform)
			if location, err := url.Parse(download.URL); err != nil || location.Host == "" {
				wrong = append(wrong, fmt.Errorf("%s: %q is no URL", of, download.URL))
			}
			if !checksum.MatchString(download.SHA256) {
				wrong = append(wrong, fmt.Errorf("%s: %q is no SHA-256 in hexadecimal", of, download.SHA256))
			}
			for name := range download.Files {
				if name != filepath.Base(name) || !filepath.IsLocal(name) {
					wrong = append(wrong, fmt.Errorf("%s: %q is no name of a file", of, name))
				}
			}
		}
	}
	return errors.Join(wrong...)
}
