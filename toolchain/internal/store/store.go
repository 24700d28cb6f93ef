// Package store keeps the built pieces outside of any checkout, each under the hash of its inputs:
//
//	<cache>/pieces/<name>/<hash>/      files of the piece; the folder appears whole or not at all
//	<cache>/work/                      where builds work, emptied when a builder starts
//	<cache>/logs/<name>.log            what the last build of a piece printed
//	<cache>/toolchain/<hash>/          views: the pieces of one set under the names their users know
package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Store is a folder of built pieces.
type Store struct{ Root string }

// Piece is the folder of a piece.
func (s Store) Piece(name, hash string) string { return filepath.Join(s.Root, "pieces", name, hash) }

// View is the folder of a set of pieces.
func (s Store) View(hash string) string { return filepath.Join(s.Root, "toolchain", hash) }

// Log is the file with the output of a piece's last build.
func (s Store) Log(name string) string { return filepath.Join(s.Root, "logs", name+".log") }

// Downloads is the folder of what is being downloaded; it outlives a builder that is killed.
func (s Store) Downloads() string { return filepath.Join(s.Root, "downloads") }

// Has tells whether the piece is built.
func (s Store) Has(name, hash string) bool { return exists(s.Piece(name, hash)) }

// HasView tells whether the view is there.
func (s Store) HasView(hash string) bool { return exists(s.View(hash)) }

// Clean removes what interrupted builders left. The caller holds the lock, so no builder works there.
func (s Store) Clean() error {
	if err := os.RemoveAll(s.work()); err != nil {
		return err
	}
	return os.MkdirAll(s.work(), 0o755)
}

// Make runs build with two empty folders, to work in and for the result, and keeps the result as the piece when build
// succeeds. When it fails or the process dies, no piece appears.
func (s Store) Make(name, hash string, build func(work, out string) error) error {
	return s.appear(s.Piece(name, hash), name, build)
}

// MakeView is Make for a view.
func (s Store) MakeView(hash string, assemble func(out string) error) error {
	return s.appear(s.View(hash), "view", func(_, out string) error { return assemble(out) })
}

func (s Store) appear(target, name string, build func(work, out string) error) error {
	if err := os.MkdirAll(s.work(), 0o755); err != nil {
		return err
	}
	folder, err := os.MkdirTemp(s.work(), name+"-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	work, out := filepath.Join(folder, "work"), filepath.Join(folder, "out")
	for _, path := range []string{work, out} {
		if err := os.Mkdir(path, 0o755); err != nil {
			return err
		}
	}
	if err := build(work, out); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	if err := os.Rename(out, target); err != nil {
		return fmt.Errorf("keeping %s: %w", name, err)
	}
	return nil
}

func (s Store) work() string { return filepath.Join(s.Root, "work") }

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil || !errors.Is(err, fs.ErrNotExist)
}
