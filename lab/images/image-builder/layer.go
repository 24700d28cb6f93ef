package main

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// layer is one layer of an image and what is known of its content.
type layer struct {
	v1.Layer
	names  map[string]bool   // everything in it but folders, relative to the root
	needed map[string]string // shared library -> one of the programs and libraries that load it
}

// archive collects the files of one layer. Same input, same bytes: no times, no owners, the caller's order.
type archive struct {
	buffer  bytes.Buffer
	writer  *tar.Writer
	folders map[string]bool
	names   map[string]bool
	needed  map[string]string
}

func newArchive() *archive {
	created := &archive{folders: map[string]bool{}, names: map[string]bool{}, needed: map[string]string{}}
	created.writer = tar.NewWriter(&created.buffer)
	return created
}

// folder adds a directory and its parents, once.
func (a *archive) folder(name string, mode int64) error {
	if name == "." || name == "/" || a.folders[name] {
		return nil
	}
	if err := a.folder(path.Dir(name), 0o755); err != nil {
		return err
	}
	a.folders[name] = true
	return a.writer.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: mode, ModTime: time.Unix(0, 0)})
}

// file adds one file; header says what it is, its name is relative to the root.
func (a *archive) file(header *tar.Header, content []byte) error {
	if err := a.folder(path.Dir(header.Name), 0o755); err != nil {
		return err
	}
	a.names[header.Name] = true
	if program, err := elf.NewFile(bytes.NewReader(content)); err == nil {
		libraries, err := program.ImportedLibraries()
		if err != nil {
			return fmt.Errorf("%s: %w", header.Name, err)
		}
		for _, library := range libraries {
			a.needed[library] = "/" + header.Name
		}
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
func (a *archive) layer() (*layer, error) {
	if err := a.writer.Close(); err != nil {
		return nil, err
	}
	return &layer{static.NewLayer(a.buffer.Bytes(), types.OCIUncompressedLayer), a.names, a.needed}, nil
}

// sources says where the files of an image come from, and for which processor they are.
type sources struct {
	binaries  string // folder of the toolchain's programs
	files     string // folder of images.yaml
	processor string // that the programs and the Debian system are for, in Go's words
}

// ownLayer holds what one image has beyond its bases.
func ownLayer(described image, from sources) (*layer, error) {
	files := newArchive()
	for _, name := range described.Folders {
		// Writable for every user, as upstream's: which user a pod runs as is the pod's choice.
		if err := files.folder(described.place(name), 0o1777); err != nil {
			return nil, err
		}
	}
	for _, target := range sortedKeys(described.Binaries) {
		header := &tar.Header{Typeflag: tar.TypeReg, Name: described.place(target), Mode: 0o755}
		if slices.Contains(described.BindsLowPorts, target) {
			header.PAXRecords = map[string]string{"SCHILY.xattr.security.capability": bindServiceCapability()}
		}
		if err := files.copyOf(filepath.Join(from.binaries, described.Binaries[target]), header); err != nil {
			return nil, err
		}
	}
	for _, target := range sortedKeys(described.Files) {
		source := filepath.Join(from.files, described.Files[target])
		header := &tar.Header{Typeflag: tar.TypeReg, Name: described.place(target), Mode: 0o644}
		if info, err := os.Stat(source); err == nil && info.Mode()&0o100 != 0 {
			header.Mode = 0o755
		}
		if err := files.copyOf(source, header); err != nil {
			return nil, err
		}
	}
	if described.Account != "" {
		for name, content := range accounts(described) {
			if err := files.file(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644}, []byte(content)); err != nil {
				return nil, err
			}
		}
	}
	return files.layer()
}

// place is a path's name in the image's own layer. On a base /bin is a link, and a folder of that name would take its place.
func (i image) place(target string) string {
	name := strings.TrimPrefix(target, "/")
	if len(i.Bases) > 0 {
		name = unmerged(name)
	}
	return name
}

func (a *archive) copyOf(source string, header *tar.Header) error {
	content, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	return a.file(header, content)
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
