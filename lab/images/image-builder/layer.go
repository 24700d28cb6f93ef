package main

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// archive collects the files of one layer. Same input, same bytes: no times, no owners, the caller's order.
type archive struct {
	buffer  bytes.Buffer
	writer  *tar.Writer
	folders map[string]bool
}

func newArchive() *archive {
	created := &archive{folders: map[string]bool{}}
	created.writer = tar.NewWriter(&created.buffer)
	return created
}

// folder adds a directory and its parents, once.
func (a *archive) folder(name string) error {
	if name == "." || name == "/" || a.folders[name] {
		return nil
	}
	if err := a.folder(path.Dir(name)); err != nil {
		return err
	}
	a.folders[name] = true
	return a.writer.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: 0o755, ModTime: time.Unix(0, 0)})
}

// file adds one file; header says what it is, its name is relative to the root.
func (a *archive) file(header *tar.Header, content []byte) error {
	if err := a.folder(path.Dir(header.Name)); err != nil {
		return err
	}
	header.Size = int64(len(content))
	header.ModTime = time.Unix(0, 0)
	if err := a.writer.WriteHeader(header); err != nil {
		return err
	}
	_, err := a.writer.Write(content)
	return err
}

// layer closes the archive. It is not compressed: the lab's disk is one machine's, its processors are what is scarce.
func (a *archive) layer() (v1.Layer, error) {
	if err := a.writer.Close(); err != nil {
		return nil, err
	}
	return static.NewLayer(a.buffer.Bytes(), types.OCIUncompressedLayer), nil
}

// binaryLayer holds the binaries of one image.
func binaryLayer(described image, folder string) (v1.Layer, error) {
	files := newArchive()
	for _, target := range sortedKeys(described.Binaries) {
		content, err := os.ReadFile(filepath.Join(folder, described.Binaries[target]))
		if err != nil {
			return nil, fmt.Errorf("image %s: %w", described.Name, err)
		}
		header := &tar.Header{Typeflag: tar.TypeReg, Name: strings.TrimPrefix(target, "/"), Mode: 0o755}
		for _, privileged := range described.BindsLowPorts {
			if privileged == target {
				header.PAXRecords = map[string]string{"SCHILY.xattr.security.capability": bindServiceCapability()}
			}
		}
		if err := files.file(header, content); err != nil {
			return nil, err
		}
	}
	return files.layer()
}

// bindServiceCapability is what `setcap cap_net_bind_service=+ep` writes: struct vfs_cap_data of linux/capability.h, revision 2.
func bindServiceCapability() string {
	const (
		revision2       = 0x02000000
		effective       = 0x000001
		netBindService  = 1 << 10
		noInheritable   = 0
		noHighPermitted = 0
	)
	var data []byte
	for _, word := range []uint32{revision2 | effective, netBindService, noInheritable, noHighPermitted, noInheritable} {
		data = binary.LittleEndian.AppendUint32(data, word)
	}
	return string(data)
}
