package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// table is images.yaml; the meaning of its keys is written there.
type table struct {
	Bases  map[string]base `yaml:"bases"`
	Images []image         `yaml:"images"`
}

type base struct {
	Packages []string `yaml:"packages"`
	Without  []string `yaml:"without"`
}

type image struct {
	Name          string            `yaml:"name"`
	Tag           string            `yaml:"tag"`
	Release       string            `yaml:"release"`
	Bases         []string          `yaml:"bases"`
	Binaries      map[string]string `yaml:"binaries"`
	Files         map[string]string `yaml:"files"`
	Folders       []string          `yaml:"folders"`
	Account       string            `yaml:"account"`
	User          string            `yaml:"user"`
	Entrypoint    []string          `yaml:"entrypoint"`
	Command       []string          `yaml:"command"`
	Environment   map[string]string `yaml:"environment"`
	WorkingDir    string            `yaml:"workingDir"`
	StopSignal    string            `yaml:"stopSignal"`
	BindsLowPorts []string          `yaml:"bindsLowPorts"`
}

// readTable returns the table, or all of its faults at once.
func readTable(path string) (*table, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	var read table
	if err := decoder.Decode(&read); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var faults []error
	seen := map[string]bool{}
	for _, image := range read.Images {
		reference := image.reference()
		if seen[reference] {
			faults = append(faults, fmt.Errorf("%s: %s is there twice", path, reference))
		}
		seen[reference] = true
		for _, fault := range image.faults(read.Bases) {
			faults = append(faults, fmt.Errorf("%s: %s %s", path, reference, fault))
		}
	}
	return &read, errors.Join(faults...)
}

func (i image) reference() string { return i.Name + ":" + i.Tag }

func (i image) faults(bases map[string]base) []string {
	var faults []string
	if i.Name == "" || i.Tag == "" || len(i.Binaries)+len(i.Bases) == 0 || len(i.Entrypoint)+len(i.Command) == 0 {
		faults = append(faults, "needs name, tag, binaries or bases, and an entrypoint or a command")
	}
	for _, name := range i.Bases {
		if _, found := bases[name]; !found {
			faults = append(faults, fmt.Sprintf("is on base %s, which the table does not have", name))
		}
	}
	for _, target := range i.BindsLowPorts {
		if _, found := i.Binaries[target]; !found {
			faults = append(faults, fmt.Sprintf("lets %s bind low ports, which is not among its binaries", target))
		}
	}
	if i.Account != "" {
		if _, _, both := strings.Cut(i.User, ":"); !both {
			faults = append(faults, fmt.Sprintf("has the account %s, so user must be its numbers uid:gid", i.Account))
		}
	}
	for _, target := range slices.Concat(sortedKeys(i.Binaries), sortedKeys(i.Files), i.Folders) {
		if !path.IsAbs(target) {
			faults = append(faults, fmt.Sprintf("holds %s, which is no absolute path", target))
		}
	}
	return faults
}

// sortedKeys makes the content of a layer independent of Go's map order.
func sortedKeys(entries map[string]string) []string {
	keys := make([]string, 0, len(entries))
	for key := range entries {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
