package main

import (
	"archive/tar"
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
)

// mergedFolders are links into /usr on Debian; dpkg's lists still name files by the link.
var mergedFolders = []string{"bin", "sbin", "lib", "lib32", "lib64", "libx32"}

// debian is what an archive of a Debian system knows of its packages.
type debian struct {
	archive  string
	files    map[string][]string // package -> names relative to the root, by their place under usr
	versions map[string]string   // package -> Debian's version
	links    map[string]string   // of update-alternatives, which no package lists: name -> target
}

// readDebian reads dpkg's lists and the links of update-alternatives.
func readDebian(archive string) (*debian, error) {
	read := &debian{archive: archive, files: map[string][]string{}, versions: map[string]string{}, links: map[string]string{}}
	err := read.eachEntry(func(header *tar.Header, content io.Reader) error {
		folder, file := path.Split(header.Name)
		switch {
		case header.Name == "var/lib/dpkg/status":
			return read.addVersions(content)
		case folder == "var/lib/dpkg/info/" && path.Ext(file) == ".list":
			name, _, _ := strings.Cut(strings.TrimSuffix(file, ".list"), ":")
			return read.addFiles(name, content)
		case header.Typeflag == tar.TypeSymlink &&
			(folder == "etc/alternatives/" || strings.HasPrefix(header.Linkname, "/etc/alternatives/")):
			read.links[header.Name] = strings.TrimPrefix(header.Linkname, "/")
		}
		return nil
	})
	return read, err
}

func (d *debian) addFiles(name string, list io.Reader) error {
	lines := bufio.NewScanner(list)
	for lines.Scan() {
		d.files[name] = append(d.files[name], unmerged(strings.TrimPrefix(lines.Text(), "/")))
	}
	return lines.Err()
}

func (d *debian) addVersions(status io.Reader) error {
	var name string
	lines := bufio.NewScanner(status)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if value, found := strings.CutPrefix(lines.Text(), "Package: "); found {
			name = value
		} else if value, found := strings.CutPrefix(lines.Text(), "Version: "); found {
			d.versions[name] = value
		}
	}
	return lines.Err()
}

// release is upstream's part of a package's version: 15.20 of 15.20-0+deb12u1.
func (d *debian) release(name string) (string, error) {
	version, found := d.versions[name]
	if !found {
		return "", fmt.Errorf("package %s is not installed in %s", name, d.archive)
	}
	if _, rest, epoch := strings.Cut(version, ":"); epoch {
		version = rest
	}
	if at := strings.LastIndex(version, "-"); at > 0 {
		version = version[:at]
	}
	return version, nil
}

// eachEntry calls visit for each entry of the archive, its name without the leading "./".
func (d *debian) eachEntry(visit func(*tar.Header, io.Reader) error) error {
	file, err := os.Open(d.archive)
	if err != nil {
		return err
	}
	defer file.Close()
	reader := tar.NewReader(bufio.NewReaderSize(file, 1<<20))
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", d.archive, err)
		}
		header.Name = strings.TrimSuffix(strings.TrimPrefix(header.Name, "./"), "/")
		if err := visit(header, reader); err != nil {
			return err
		}
	}
}

// unmerged is a file's place under usr.
func unmerged(name string) string {
	first, _, _ := strings.Cut(name, "/")
	for _, merged := range mergedFolders {
		if first == merged {
			return "usr/" + name
		}
	}
	return name
}
