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

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// mergedFolders are links into /usr on Debian; dpkg's lists still name files by the link.
var mergedFolders = []string{"bin", "sbin", "lib", "lib32", "lib64", "libx32"}

// baseLayer cuts the files of some packages out of the archive of a Debian system, so that the images need no second bootstrap.
func baseLayer(rootfs string, packages []string) (v1.Layer, error) {
	wanted, err := filesOf(rootfs, packages)
	if err != nil {
		return nil, err
	}
	files := newArchive()
	err = eachEntry(rootfs, func(header *tar.Header, content io.Reader) error {
		if header.Typeflag == tar.TypeDir || !wanted[header.Name] && !isMergedFolder(header) && !isAlternative(header, wanted) {
			return nil
		}
		data, err := io.ReadAll(content)
		if err != nil {
			return err
		}
		kept := &tar.Header{Typeflag: header.Typeflag, Name: header.Name, Linkname: header.Linkname, Mode: header.Mode}
		if header.Typeflag == tar.TypeLink {
			kept.Linkname = strings.TrimPrefix(header.Linkname, "./")
		}
		return files.file(kept, data)
	})
	if err != nil {
		return nil, err
	}
	return files.layer()
}

// filesOf reads dpkg's list of each package: names relative to the root, by their place under usr.
func filesOf(rootfs string, packages []string) (map[string]bool, error) {
	missing := map[string]bool{}
	for _, name := range packages {
		missing[name] = true
	}
	wanted := map[string]bool{}
	err := eachEntry(rootfs, func(header *tar.Header, content io.Reader) error {
		folder, base := path.Split(header.Name)
		if folder != "var/lib/dpkg/info/" || path.Ext(base) != ".list" {
			return nil
		}
		name, _, _ := strings.Cut(strings.TrimSuffix(base, ".list"), ":")
		if !missing[name] {
			return nil
		}
		delete(missing, name)
		lines := bufio.NewScanner(content)
		for lines.Scan() {
			file := strings.TrimPrefix(lines.Text(), "/")
			first, _, _ := strings.Cut(file, "/")
			for _, merged := range mergedFolders {
				if first == merged {
					file = "usr/" + file
				}
			}
			if !strings.HasPrefix(file, "usr/share/") {
				wanted[file] = true
			}
		}
		return lines.Err()
	})
	for name := range missing {
		err = errors.Join(err, fmt.Errorf("package %s of the base layer is not installed in %s", name, rootfs))
	}
	return wanted, err
}

func isMergedFolder(header *tar.Header) bool {
	if header.Typeflag != tar.TypeSymlink {
		return false
	}
	for _, merged := range mergedFolders {
		if header.Name == merged {
			return true
		}
	}
	return false
}

// isAlternative keeps the links of update-alternatives (/usr/sbin/iptables, /etc/alternatives/iptables), which no package lists.
func isAlternative(header *tar.Header, wanted map[string]bool) bool {
	if header.Typeflag != tar.TypeSymlink {
		return false
	}
	target := strings.TrimPrefix(header.Linkname, "/")
	if strings.HasPrefix(header.Name, "etc/alternatives/") {
		return wanted[target]
	}
	// What such a link leads to is only known when both are read; a dangling link in the layer does no harm.
	return strings.HasPrefix(header.Name, "usr/sbin/") && strings.HasPrefix(target, "etc/alternatives/")
}

// eachEntry calls visit for each entry of a tar archive, its name without the leading "./".
func eachEntry(archivePath string, visit func(*tar.Header, io.Reader) error) error {
	file, err := os.Open(archivePath)
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
			return fmt.Errorf("%s: %w", archivePath, err)
		}
		header.Name = strings.TrimSuffix(strings.TrimPrefix(header.Name, "./"), "/")
		if err := visit(header, reader); err != nil {
			return err
		}
	}
}
