package remote

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"github.com/pkg/sftp"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const posixRename = "posix-rename@openssh.com"

// remoteFiles writes to the file system of a host.
type remoteFiles struct {
	client *sftp.Client
}

// stat returns nil for a path that does not exist.
func (r *remoteFiles) stat(remotePath string) (fs.FileInfo, error) {
	info, err := r.client.Stat(remotePath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot look at %s: %w", remotePath, err)
	}
	return info, nil
}

// makeDirectory makes a directory and its parents, unless it is there.
func (r *remoteFiles) makeDirectory(remotePath string) error {
	info, err := r.stat(remotePath)
	if err != nil {
		return err
	}
	if info != nil && !info.IsDir() {
		return fmt.Errorf("%s exists and is no directory", remotePath)
	}
	if info == nil {
		if err := r.client.MkdirAll(remotePath); err != nil {
			return fmt.Errorf("cannot make the directory %s: %w", remotePath, err)
		}
	}
	return nil
}

// putFile writes a file. A remote path that is a directory gets a file called name in it.
func (r *remoteFiles) putFile(content io.Reader, name, remotePath string) error {
	info, err := r.stat(remotePath)
	if err != nil {
		return err
	}
	if info != nil && info.IsDir() {
		if name == "" {
			return fmt.Errorf("%s is a directory and the source has no name: give the path of the file", remotePath)
		}
		remotePath = path.Join(remotePath, name)
		if info, err = r.stat(remotePath); err != nil {
			return err
		}
		if info != nil && info.IsDir() {
			return fmt.Errorf("%s exists and is a directory", remotePath)
		}
	}
	if info == nil {
		if err := r.makeDirectory(path.Dir(remotePath)); err != nil {
			return err
		}
		return r.replace(content, remotePath, nil)
	}
	if own, err := r.client.Lstat(remotePath); err != nil || !own.Mode().IsRegular() {
		// A link stays a link and a device a device: write through it.
		return r.write(content, remotePath)
	}
	return r.replace(content, remotePath, info)
}

// replace writes a temporary file next to the destination and renames it over, so that a reader sees the old content or
// the new, and an interrupted copy leaves the old. The new file takes over mode and owner of the old one. Where the
// directory takes no new file, or the server cannot rename over a file, the destination is written in place.
func (r *remoteFiles) replace(content io.Reader, remotePath string, old fs.FileInfo) error {
	if _, supported := r.client.HasExtension(posixRename); !supported {
		return r.write(content, remotePath)
	}
	temporary, err := resource.NewUniqueHex(path.Join(path.Dir(remotePath), "."+path.Base(remotePath)+"."), 8, 0)
	if err != nil {
		return err
	}
	file, err := r.client.Create(temporary)
	if err != nil {
		if errors.Is(err, fs.ErrPermission) && old != nil {
			return r.write(content, remotePath)
		}
		return fmt.Errorf("cannot write %s: %w", remotePath, err)
	}
	if old != nil {
		err = takeOver(file, old)
	}
	if err == nil {
		_, err = file.ReadFrom(content)
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = r.client.PosixRename(temporary, remotePath)
	}
	if err != nil {
		_ = r.client.Remove(temporary)
		return fmt.Errorf("cannot write %s: %w", remotePath, err)
	}
	return nil
}

// takeOver gives a new file the mode and, if it differs, the owner of an old one, before there is any content in it.
func takeOver(file *sftp.File, old fs.FileInfo) error {
	if err := file.Chmod(old.Mode().Perm()); err != nil {
		return err
	}
	created, err := file.Stat()
	if err != nil {
		return err
	}
	want, wantKnown := old.Sys().(*sftp.FileStat)
	have, haveKnown := created.Sys().(*sftp.FileStat)
	if !wantKnown || !haveKnown || (want.UID == have.UID && want.GID == have.GID) {
		return nil
	}
	return file.Chown(int(want.UID), int(want.GID))
}

// write overwrites a file in place.
func (r *remoteFiles) write(content io.Reader, remotePath string) error {
	file, err := r.client.Create(remotePath)
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", remotePath, err)
	}
	_, err = file.ReadFrom(content)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", remotePath, err)
	}
	return nil
}
