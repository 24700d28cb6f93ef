// Inventory prints the Go modules that are in the programs below some folders, with their checksums and licences, as JSON. What
// a program is made of is read from the program itself, so it holds for what runs and not for what a go.mod asks for.
package main

import (
	"cmp"
	"debug/buildinfo"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
)

// Module is one module in one version.
type Module struct {
	Path    string `json:"path"`
	Version string `json:"version"`
	// Sum is the checksum of its files, as in go.sum: h1: and a SHA-256. Empty where it was changed here before it was compiled.
	Sum string `json:"sum"`
	// Licences are the SPDX identifiers of the licence files at its root; empty where none was recognised.
	Licences []string `json:"licences"`
	// Programs are the names of the files that it is in.
	Programs []string `json:"programs"`
}

// Inventory is what is printed.
type Inventory struct {
	// Go are the releases of Go with which the programs were compiled; their standard library is in each.
	Go      []string `json:"go"`
	Modules []Module `json:"modules"`
}

func main() {
	finished := flag.String("finished", "", "programs that were not compiled here, with commas between: the licences of what only they contain are not looked up")
	flag.Parse()
	inventory, err := read(flag.Args(), strings.Split(*finished, ","))
	if err != nil {
		fail(err)
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(inventory); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "error: inventory:", err)
	os.Exit(1)
}

type key struct{ path, version string }

func read(folders, finished []string) (Inventory, error) {
	releases := map[string]bool{}
	modules := map[key]*Module{}
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return err
			}
			info, err := buildinfo.ReadFile(path)
			if err != nil {
				return nil // not a Go program
			}
			releases[info.GoVersion] = true
			add(modules, info, entry.Name())
			return nil
		})
		if err != nil {
			return Inventory{}, err
		}
	}
	if len(releases) == 0 {
		return Inventory{}, fmt.Errorf("there is no Go program below %v; build them with make toolchain", folders)
	}
	if err := addLicences(modules, finished); err != nil {
		return Inventory{}, err
	}
	inventory := Inventory{Go: slices.Sorted(maps.Keys(releases))}
	for _, module := range modules {
		slices.Sort(module.Programs)
		module.Programs = slices.Compact(module.Programs)
		inventory.Modules = append(inventory.Modules, *module)
	}
	slices.SortFunc(inventory.Modules, func(a, b Module) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Version, b.Version))
	})
	return inventory, nil
}

// add notes the modules of one program.
func add(modules map[key]*Module, info *buildinfo.BuildInfo, program string) {
	for _, module := range append([]*debug.Module{&info.Main}, info.Deps...) {
		if module.Replace != nil && module.Replace.Sum != "" {
			module = module.Replace
		}
		if isOwn(module) {
			continue
		}
		id := key{module.Path, module.Version}
		if modules[id] == nil {
			modules[id] = &Module{Path: module.Path, Version: module.Version, Sum: module.Sum, Licences: []string{}}
		}
		modules[id].Programs = append(modules[id].Programs, program)
	}
}

// isOwn tells folders of this project from modules that were patched: they have no version, or stand under the name of another
// module, in a folder of the module that was built.
func isOwn(module *debug.Module) bool {
	return module.Sum == "" && (slices.Contains([]string{"", "(devel)", "v0.0.0"}, module.Version) ||
		module.Replace != nil && strings.HasPrefix(module.Replace.Path, "./"))
}
