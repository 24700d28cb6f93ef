package main

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

const standardPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// build puts one image together. release is what the image really is; it equals the tag unless Debian has moved on.
func build(described image, bases map[string]*layer, from sources, release string) (v1.Image, error) {
	own, err := ownLayer(described, from)
	if err != nil {
		return nil, fmt.Errorf("image %s: %w", described.reference(), err)
	}
	layers := make([]*layer, 0, len(described.Bases)+1)
	for _, name := range described.Bases {
		layers = append(layers, bases[name])
	}
	layers = append(layers, own)
	if err := runnable(described, layers); err != nil {
		return nil, fmt.Errorf("image %s: %w", described.reference(), err)
	}
	built := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	for _, part := range layers {
		if built, err = mutate.AppendLayers(built, part); err != nil {
			return nil, err
		}
	}
	file, err := built.ConfigFile()
	if err != nil {
		return nil, err
	}
	file = file.DeepCopy()
	file.Architecture, file.OS = from.processor, "linux"
	file.Created = v1.Time{Time: time.Unix(0, 0).UTC()}
	file.Config = v1.Config{
		User:       described.User,
		Entrypoint: described.Entrypoint,
		Cmd:        described.Command,
		Env:        described.environment(),
		WorkingDir: described.workingDir(),
		StopSignal: described.StopSignal,
		Labels:     map[string]string{"org.opencontainers.image.title": described.Name, "org.opencontainers.image.version": release},
	}
	return mutate.ConfigFile(built, file)
}

func (i image) searchPath() string {
	if own, found := i.Environment["PATH"]; found {
		return own
	}
	return standardPath
}

func (i image) environment() []string {
	list := []string{"PATH=" + i.searchPath()}
	for _, name := range sortedKeys(i.Environment) {
		if name != "PATH" {
			list = append(list, name+"="+i.Environment[name])
		}
	}
	return list
}

func (i image) workingDir() string {
	if i.WorkingDir == "" {
		return "/"
	}
	return i.WorkingDir
}

// accounts are the files by which programs find the name of the user they run as; initdb refuses to run without.
func accounts(described image) map[string]string {
	uid, gid, _ := strings.Cut(described.User, ":")
	name := described.Account
	return map[string]string{
		"etc/passwd": fmt.Sprintf("root:x:0:0:root:/root:/bin/sh\n%s:x:%s:%s::/:/bin/sh\n", name, uid, gid),
		"etc/group":  fmt.Sprintf("root:x:0:\n%s:x:%s:\n", name, gid),
	}
}

// runnable finds what would only show when a container starts: a program that is not there, and a shared library that a program
// asks for and no package of the bases brings.
func runnable(described image, layers []*layer) error {
	has := func(name string) bool {
		name = described.place(name)
		return slices.ContainsFunc(layers, func(part *layer) bool { return part.names[name] })
	}
	program := slices.Concat(described.Entrypoint, described.Command)[0]
	places := []string{program}
	if !path.IsAbs(program) {
		places = nil
		for _, folder := range strings.Split(described.searchPath(), ":") {
			places = append(places, path.Join(folder, program))
		}
	}
	var faults error
	if !slices.ContainsFunc(places, has) {
		faults = fmt.Errorf("the program that it starts, %s, is not in it", program)
	}
	libraries := map[string]bool{}
	for _, part := range layers {
		for name := range part.names {
			libraries[path.Base(name)] = true
		}
	}
	for _, part := range layers {
		for _, library := range sortedKeys(part.needed) {
			if !libraries[library] {
				faults = errors.Join(faults, fmt.Errorf("%s needs %s, which no package of its bases has", part.needed[library], library))
			}
		}
	}
	return faults
}
