package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"

	"go.yaml.in/yaml/v3"
)

// table is images.yaml; the meaning of its keys is written there.
type table struct {
	Base struct {
		Packages []string `yaml:"packages"`
	} `yaml:"base"`
	Images []image `yaml:"images"`
}

type image struct {
	Name          string            `yaml:"name"`
	Tag           string            `yaml:"tag"`
	Base          bool              `yaml:"base"`
	Binaries      map[string]string `yaml:"binaries"`
	Entrypoint    []string          `yaml:"entrypoint"`
	User          string            `yaml:"user"`
	BindsLowPorts []string          `yaml:"bindsLowPorts"`
}

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
		reference := image.Name + ":" + image.Tag
		if image.Name == "" || image.Tag == "" || len(image.Binaries) == 0 || len(image.Entrypoint) == 0 {
			faults = append(faults, fmt.Errorf("%s: %q needs name, tag, binaries and entrypoint", path, reference))
		}
		if seen[reference] {
			faults = append(faults, fmt.Errorf("%s: %s is there twice", path, reference))
		}
		seen[reference] = true
		for _, target := range image.BindsLowPorts {
			if _, found := image.Binaries[target]; !found {
				faults = append(faults, fmt.Errorf("%s: %s: bindsLowPorts names %s, which is not among its binaries", path, reference, target))
			}
		}
	}
	return &read, errors.Join(faults...)
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
