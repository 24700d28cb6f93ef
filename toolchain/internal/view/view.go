// Package view puts the pieces of one set together and hands them to a checkout.
package view

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Entry puts a file or a folder at a path of the view.
type Entry struct{ From, Path string }

// Assemble fills an empty folder. Files are hard links to the pieces, so a view needs no space.
func Assemble(out string, entries []Entry) error {
	for _, entry := range entries {
		if err := place(entry.From, filepath.Join(out, entry.Path)); err != nil {
			return fmt.Errorf("placing %s: %w", entry.Path, err)
		}
	}
	return nil
}

func place(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, relative)
		if entry.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		err = os.Link(path, target)
		if errors.Is(err, syscall.EMLINK) || errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EXDEV) {
			return copyFile(path, target) // a file system without hard links, or with too many of this file
		}
		return err
	})
}

func copyFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	info, err := source.Stat()
	if err != nil {
		return err
	}
	target, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, info.Mode().Perm())
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}
