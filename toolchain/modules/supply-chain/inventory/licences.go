package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/google/licensecheck"
)

// licenceFile matches the names under which licences stand at the root of a module.
var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|unlicense)([-._].*)?$`)

// enough is how much of a file, in percent, has to be the text of known licences for these to count.
const enough = 75

// addLicences looks into Go's module cache; a module that is not there is downloaded.
func addLicences(all map[key]*Module, finished []string) error {
	modules := map[key]*Module{}
	for id, module := range all {
		if slices.ContainsFunc(module.Programs, func(name string) bool { return !slices.Contains(finished, name) }) {
			modules[id] = module
		}
	}
	folders, err := download(modules)
	if err != nil {
		return err
	}
	for id, module := range modules {
		if module.Licences, err = licencesIn(folders[id]); err != nil {
			return err
		}
	}
	return nil
}

// download asks Go where each module is.
func download(modules map[key]*Module) (map[key]string, error) {
	arguments := []string{"mod", "download", "-json"}
	for id := range modules {
		arguments = append(arguments, id.path+"@"+id.version)
	}
	slices.Sort(arguments[3:])
	// Outside of any module, whose replacements would not be those of the programs. What comes is compared below with the
	// checksum in the program, which go.sum vouched for when it was compiled; the checksum database does not know all of them.
	command := exec.Command("go", arguments...)
	command.Dir = os.TempDir()
	command.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod", "GONOSUMDB=*")
	output, failure := command.Output()
	folders := map[key]string{}
	decoder := json.NewDecoder(bytes.NewReader(output))
	for {
		var found struct{ Path, Version, Dir, Sum, Error string }
		if err := decoder.Decode(&found); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		if found.Error != "" {
			return nil, fmt.Errorf("%s %s: %s", found.Path, found.Version, found.Error)
		}
		id := key{found.Path, found.Version}
		if sum := modules[id].Sum; sum != "" && found.Sum != sum {
			return nil, fmt.Errorf("%s %s in the module cache is not what was built: %s, not %s",
				found.Path, found.Version, found.Sum, sum)
		}
		folders[id] = found.Dir
	}
	return folders, failure
}

func licencesIn(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	found := []string{}
	for _, entry := range entries {
		if entry.IsDir() || !licenceFile.MatchString(entry.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return nil, err
		}
		coverage := licensecheck.Scan(text)
		if coverage.Percent < enough {
			continue
		}
		for _, match := range coverage.Match {
			found = append(found, match.ID)
		}
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}
