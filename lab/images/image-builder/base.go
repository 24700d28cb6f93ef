package main

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"strings"
)

// documentation never enters an image.
var documentation = []string{
	"usr/share/bash-completion", "usr/share/bug", "usr/share/debianutils", "usr/share/doc", "usr/share/info", "usr/share/lintian",
	"usr/share/locale", "usr/share/man", "usr/share/menu",
}

// baseLayers cuts the files of each base's packages out of the archive of a Debian system: one reading serves them all.
func baseLayers(system *debian, bases map[string]base) (map[string]*layer, error) {
	archives := map[string]*archive{}
	wanting := map[string][]*archive{}
	var faults error
	for name, described := range bases {
		files := newArchive()
		archives[name] = files
		wanted := map[string]bool{}
		for _, pkg := range described.Packages {
			names, installed := system.files[pkg]
			if !installed {
				faults = errors.Join(faults, fmt.Errorf("package %s of base %s is not installed in %s", pkg, name, system.archive))
			}
			for _, file := range names {
				if !below(file, documentation) && !below(file, described.Without) {
					wanted[file] = true
				}
			}
		}
		for link := range system.links {
			if wanted[system.target(link)] {
				wanted[link] = true
			}
		}
		for _, merged := range mergedFolders {
			wanted[merged] = true
		}
		for file := range wanted {
			wanting[file] = append(wanting[file], files)
		}
	}
	if faults != nil {
		return nil, faults
	}
	err := system.eachEntry(func(header *tar.Header, content io.Reader) error {
		receivers := wanting[header.Name]
		if header.Typeflag == tar.TypeDir || len(receivers) == 0 {
			return nil
		}
		data, err := io.ReadAll(content)
		if err != nil {
			return err
		}
		for _, receiver := range receivers {
			kept := &tar.Header{Typeflag: header.Typeflag, Name: header.Name, Linkname: header.Linkname, Mode: header.Mode}
			if header.Typeflag == tar.TypeLink {
				kept.Linkname = strings.TrimPrefix(header.Linkname, "./")
			}
			if err := receiver.file(kept, data); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	layers := map[string]*layer{}
	for name, files := range archives {
		if layers[name], err = files.layer(); err != nil {
			return nil, err
		}
	}
	return layers, nil
}

// target is the file that a link of update-alternatives leads to, through a second one if need be.
func (d *debian) target(link string) string {
	for range 2 {
		if next, found := d.links[link]; found {
			link = next
		}
	}
	return link
}

// below tells whether a file is one of the places or in one of them.
func below(file string, places []string) bool {
	for _, place := range places {
		place = strings.TrimPrefix(place, "/")
		if file == place || strings.HasPrefix(file, place+"/") {
			return true
		}
	}
	return false
}
