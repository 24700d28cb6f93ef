package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/pkg/sftp"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"

	"sitewright/toolchain/plugins/command/internal/output"
)

// upload copies the source to the host through one connection, closed after it. When ctx ends, the connection does.
func upload(ctx context.Context, step string, in CopyToRemoteInputs) error {
	began := time.Now()
	l, err := in.Connection.connect(ctx, step)
	if err != nil {
		return err
	}
	defer l.Close()
	stop := context.AfterFunc(ctx, l.Close)
	defer stop()
	lost := keepAlive(l)
	defer lost.stop()

	where := fmt.Sprintf("%s@%s", l.client.User(), *in.Connection.Host)
	client, err := sftp.NewClient(l.client)
	if err == nil {
		defer client.Close()
		target := &remoteFiles{client}
		if in.Source.Asset != nil {
			err = target.putAsset(in.Source.Asset, in.RemotePath)
		} else {
			err = target.putArchive(in.Source.Archive, in.RemotePath)
		}
	} else {
		err = fmt.Errorf("the server offers no SFTP: %w. Check Subsystem sftp in its sshd_config", err)
	}
	if ctx.Err() != nil {
		return output.Stopped(ctx, step, "files were copied to "+where, began)
	}
	if err != nil {
		return fmt.Errorf("%s: cannot copy to %s:%s: %w", step, where, in.RemotePath, err)
	}
	return nil
}

// putAsset copies one file.
func (r *remoteFiles) putAsset(asset *resource.Asset, remotePath string) error {
	name := ""
	switch {
	case asset.IsPath():
		return r.putPath(asset.Path, remotePath)
	case asset.IsURI():
		name = nameInURI(asset.URI)
	case !asset.IsText():
		return errors.New("the asset has no content")
	}
	blob, err := asset.Read()
	if err != nil {
		return fmt.Errorf("cannot read the source: %w", err)
	}
	defer blob.Close()
	return r.putFile(blob, name, remotePath)
}

// putArchive copies a local file or directory, a downloaded archive file, or a set of assets below the remote path.
func (r *remoteFiles) putArchive(source *resource.Archive, remotePath string) error {
	switch {
	case source.IsPath():
		return r.putPath(source.Path, remotePath)
	case source.IsURI():
		format, blob, err := source.ReadSourceArchive()
		if err != nil {
			return fmt.Errorf("cannot read the source: %w", err)
		}
		if format == archive.NotArchive || blob == nil {
			return fmt.Errorf("the source %s is no archive of a known format", source.URI)
		}
		defer blob.Close()
		return r.putFile(blob, nameInURI(source.URI), remotePath)
	case source.IsAssets():
		return r.putMembers(source, remotePath)
	default:
		return errors.New("the archive has no content")
	}
}

// putMembers copies the members of an asset archive below a directory.
func (r *remoteFiles) putMembers(source *resource.Archive, remotePath string) error {
	if err := r.makeDirectory(remotePath); err != nil {
		return err
	}
	reader, err := source.Open()
	if err != nil {
		return fmt.Errorf("cannot read the source: %w", err)
	}
	defer reader.Close()
	for {
		name, blob, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("cannot read the source: %w", err)
		}
		err = r.putFile(blob, "", path.Join(remotePath, filepath.ToSlash(name)))
		blob.Close()
		if err != nil {
			return err
		}
	}
}

// putPath copies a local file or directory. A directory goes into the remote directory under its own name, or, if its
// path ends with a slash, only what it contains does.
func (r *remoteFiles) putPath(local, remotePath string) error {
	info, err := os.Stat(local)
	if err != nil {
		return fmt.Errorf("cannot read the source: %w", err)
	}
	if !info.IsDir() {
		return r.putLocalFile(local, filepath.Base(local), remotePath)
	}
	if !strings.HasSuffix(local, "/") {
		remotePath = path.Join(remotePath, filepath.Base(local))
	}
	return filepath.WalkDir(local, func(member string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("cannot read the source: %w", err)
		}
		relative, err := filepath.Rel(local, member)
		if err != nil {
			return err
		}
		destination := path.Join(remotePath, filepath.ToSlash(relative))
		if entry.IsDir() {
			return r.makeDirectory(destination)
		}
		return r.putLocalFile(member, "", destination)
	})
}

func (r *remoteFiles) putLocalFile(local, name, remotePath string) error {
	file, err := os.Open(local)
	if err != nil {
		return fmt.Errorf("cannot read the source: %w", err)
	}
	defer file.Close()
	return r.putFile(file, name, remotePath)
}

// nameInURI returns the last part of the path of a URI, or "" if it has none.
func nameInURI(uri string) string {
	parsed, err := url.Parse(uri)
	if err != nil {
		return ""
	}
	if base := path.Base(parsed.Path); base != "/" && base != "." {
		return base
	}
	return ""
}
