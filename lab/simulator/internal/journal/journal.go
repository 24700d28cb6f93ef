// Package journal remembers on disk what clients have made, because the simulator keeps its inventory in memory.
package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"sync"
)

// Journal is a folder with folders.json, access.json and one file per virtual machine, mode 0600 (guestinfo holds keys).
type Journal struct {
	directory string
	mutex     sync.Mutex
}

const (
	foldersFile = "folders.json"
	accessFile  = "access.json" // roles and permissions
)

// Open opens the journal in a folder, which it creates with mode 0700.
func Open(directory string) (*Journal, error) {
	if err := os.MkdirAll(filepath.Join(directory, "machines"), 0o700); err != nil {
		return nil, err
	}
	return &Journal{directory: directory}, os.Chmod(directory, 0o700)
}

// Directory is the journal's folder.
func (j *Journal) Directory() string { return j.directory }

func (j *Journal) machineFile(uuid string) string {
	return filepath.Join(j.directory, "machines", uuid+".json")
}

// write replaces a file so that a reader, or a start after a crash, sees the old or the new content.
func (j *Journal) write(path string, value any) error {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	content, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	temporary := path + ".new"
	if err := os.WriteFile(temporary, append(content, '\n'), 0o600); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return os.Rename(temporary, path)
}

// WriteMachine records a virtual machine.
func (j *Journal) WriteMachine(uuid string, record Machine) error {
	return j.write(j.machineFile(uuid), record)
}

// WriteFolders records all folders below the datacenter's vm folder.
func (j *Journal) WriteFolders(records []Folder) error {
	return j.write(filepath.Join(j.directory, foldersFile), records)
}

// WriteAccess records all roles and permissions that clients have made.
func (j *Journal) WriteAccess(record Access) error {
	return j.write(filepath.Join(j.directory, accessFile), record)
}

// RemoveMachine removes a machine's record; one that is not there is fine.
func (j *Journal) RemoveMachine(uuid string) error {
	err := os.Remove(j.machineFile(uuid))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Read returns all records, each kind in order of creation.
func (j *Journal) Read() (folders []Folder, machines []Machine, err error) {
	if err := readJSON(filepath.Join(j.directory, foldersFile), &folders); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	files, err := filepath.Glob(filepath.Join(j.directory, "machines", "*.json"))
	if err != nil {
		return nil, nil, err
	}
	for _, file := range files {
		var record Machine
		if err := readJSON(file, &record); err != nil {
			return nil, nil, err
		}
		machines = append(machines, record)
	}
	sort.Slice(folders, func(a, b int) bool { return Number(folders[a].Object) < Number(folders[b].Object) })
	sort.Slice(machines, func(a, b int) bool { return Number(machines[a].Object) < Number(machines[b].Object) })
	return folders, machines, nil
}

// ReadAccess returns the recorded roles and permissions; none before the first one is made.
func (j *Journal) ReadAccess() (Access, error) {
	var record Access
	err := readJSON(filepath.Join(j.directory, accessFile), &record)
	if errors.Is(err, fs.ErrNotExist) {
		return record, nil
	}
	return record, err
}

func readJSON(path string, value any) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(content, value); err != nil {
		return fmt.Errorf("journal %s: %w", path, err)
	}
	return nil
}
