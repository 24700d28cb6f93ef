package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Prune removes every piece and view that is not wanted (pieces by name and hash, views by hash) and returns how many
// folders it removed, downloads that were not finished among them. A checkout of another version then makes again what it needs.
func (s Store) Prune(pieces map[string]string, view string) (int, error) {
	removed := 0
	found, err := filepath.Glob(filepath.Join(s.Root, "pieces", "*", "*"))
	if err != nil {
		return 0, err
	}
	for _, path := range found {
		if pieces[filepath.Base(filepath.Dir(path))] == filepath.Base(path) {
			continue
		}
		if err := os.RemoveAll(path); err != nil {
			return removed, err
		}
		removed++
		_ = os.Remove(filepath.Dir(path)) // succeeds for a name that has no piece left
	}
	views, err := os.ReadDir(filepath.Join(s.Root, "toolchain"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return removed, err
	}
	for _, entry := range views {
		if entry.Name() == view {
			continue
		}
		if err := os.RemoveAll(s.View(entry.Name())); err != nil {
			return removed, err
		}
		removed++
	}
	if _, err := os.Stat(s.Downloads()); err == nil {
		removed++
	}
	return removed, os.RemoveAll(s.Downloads())
}
