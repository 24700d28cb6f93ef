package view

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// sdkStamp, a file in the copied SDK, names the piece that it was copied from.
const sdkStamp = ".piece"

// Point makes <checkout>/.toolchain a link to the view; who opens it sees the old view or the new one.
func Point(checkout, view string) error {
	link := filepath.Join(checkout, ".toolchain")
	if current, err := os.Readlink(link); err == nil && current == view {
		return nil
	}
	if info, err := os.Lstat(link); err == nil && info.Mode()&fs.ModeSymlink == 0 {
		return fmt.Errorf("%s is not a link; move it away and run make toolchain again", link)
	}
	next := fmt.Sprintf("%s.%d", link, os.Getpid())
	if err := os.Symlink(view, next); err != nil {
		return err
	}
	return os.Rename(next, link)
}

// CopySDK copies a generated SDK into <checkout>/sdks/<name>, unless what is there came from the same piece: npm links
// to this folder, and Node.js looks for the packages that the SDK imports from where it really lies.
func CopySDK(checkout, name, piece, hash string) error {
	target := filepath.Join(checkout, "sdks", name)
	if stamp, err := os.ReadFile(filepath.Join(target, sdkStamp)); err == nil && strings.TrimSpace(string(stamp)) == hash {
		return nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	next := fmt.Sprintf("%s.%d", filepath.Join(checkout, "sdks", "."+name), os.Getpid())
	defer os.RemoveAll(next)
	if err := os.CopyFS(next, os.DirFS(piece)); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(next, sdkStamp), []byte(hash+"\n"), 0o644); err != nil {
		return err
	}
	if err := os.RemoveAll(target); err != nil {
		return err
	}
	return os.Rename(next, target)
}
