// Package disk knows the folders that a build writes to and the file systems they are on.
package disk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"sitewright/toolchain/internal/process"
)

// Folder is one that a build writes to.
type Folder struct {
	Path     string
	Holds    string // in words
	Variable string // what moves it
}

// FileSystem is one that some of the folders are on.
type FileSystem struct {
	Folders  []Folder
	Mounted  string // where it is mounted, as far as that is known
	Free     int    // MiB that this user may still write
	Capacity int    // MiB
}

// Store is the folder of the results.
func Store(path string) Folder {
	return Folder{Path: path, Holds: "the toolchain", Variable: "XDG_CACHE_HOME"}
}

// Folders are those of a build: the store, Go's two caches, and where the compilers keep what they need for a moment only.
func Folders(ctx context.Context, store string) ([]Folder, error) {
	folders := []Folder{Store(store)}
	for _, cache := range []Folder{
		{Holds: "what Go has compiled", Variable: "GOCACHE"},
		{Holds: "the modules", Variable: "GOMODCACHE"},
		{Holds: "what the compilers write for a moment", Variable: "GOTMPDIR"},
	} {
		path, err := process.Output(ctx, "", "go", "env", cache.Variable)
		if err != nil {
			return nil, err
		}
		if cache.Path = path; path == "" {
			cache.Path, cache.Variable = os.TempDir(), "TMPDIR"
		}
		folders = append(folders, cache)
	}
	return folders, nil
}

// FileSystems tells what is free where the folders are, or will be.
func FileSystems(folders []Folder) ([]FileSystem, error) {
	var found []FileSystem
	at := map[uint64]int{}
	for _, folder := range folders {
		existing, err := nearest(folder.Path)
		if err != nil {
			return nil, err
		}
		var info syscall.Stat_t
		var space syscall.Statfs_t
		if err := errors.Join(syscall.Stat(existing, &info), syscall.Statfs(existing, &space)); err != nil {
			return nil, fmt.Errorf("free space at %s: %w", existing, err)
		}
		index, known := at[info.Dev]
		if !known {
			index = len(found)
			at[info.Dev] = index
			found = append(found, FileSystem{
				Mounted:  mountPoint(existing),
				Free:     int(space.Bavail * uint64(space.Bsize) >> 20),
				Capacity: int(space.Blocks * uint64(space.Bsize) >> 20),
			})
		}
		found[index].Folders = append(found[index].Folders, folder)
	}
	return found, nil
}

// Writable makes a folder and a file in it, which tells more than its mode: a read-only file system takes no file.
func Writable(folder Folder) error {
	err := os.MkdirAll(folder.Path, 0o755)
	if err == nil {
		var file *os.File
		if file, err = os.CreateTemp(folder.Path, ".writable-"); err == nil {
			_ = file.Close()
			err = os.Remove(file.Name())
		}
	}
	if err != nil {
		return fmt.Errorf("%s cannot be written, and %s has to go there: %w; set %s to a folder that can",
			folder.Path, folder.Holds, err, folder.Variable)
	}
	return nil
}

// Size says a number of MiB in words.
func Size(mib int) string {
	if mib < 1024 {
		return fmt.Sprintf("%d MiB", mib)
	}
	return fmt.Sprintf("%.1f GiB", float64(mib)/1024)
}

// nearest is the folder itself or the closest one above it that exists.
func nearest(folder string) (string, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(folder); err == nil || folder == filepath.Dir(folder) {
			return folder, nil
		}
		folder = filepath.Dir(folder)
	}
}

// mountPoint is the longest one that the folder lies below; without a list of them it is the folder.
func mountPoint(folder string) string {
	if real, err := filepath.EvalSymlinks(folder); err == nil {
		folder = real
	}
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return folder
	}
	longest := ""
	for line := range strings.Lines(string(mounts)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		point := strings.TrimSuffix(fields[1], "/") + "/"
		if strings.HasPrefix(folder+"/", point) && len(point) > len(longest) {
			longest = point
		}
	}
	if len(longest) > 1 {
		return strings.TrimSuffix(longest, "/")
	}
	return "/"
}
