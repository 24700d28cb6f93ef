package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// journal remembers on disk what clients have made, because the simulator keeps its inventory in
// memory: folders.json and one file per virtual machine, mode 0600 (guestinfo holds keys).
type journal struct {
	directory string
	mutex     sync.Mutex
}

// folderRecord is one folder below the datacenter's vm folder.
type folderRecord struct {
	Object string `json:"object"` // managed object identifier, as group-71
	Parent string `json:"parent"`
	Name   string `json:"name"`
}

// machineRecord is one virtual machine. Its config is kept as the API's own JSON.
type machineRecord struct {
	Object       string `json:"object"`
	Parent       string `json:"parent"`
	Name         string `json:"name"`
	Template     string `json:"template"`
	Host         string `json:"host"`
	ResourcePool string `json:"resourcePool"`
	PoweredOn    bool   `json:"poweredOn"`
	// Untouched tells that nothing was done to the machine since it was cloned.
	Untouched bool            `json:"untouched"`
	Config    json.RawMessage `json:"config"`
}

// accessFile holds the roles and permissions that clients have made.
const accessFile = "access.json"

// number is the counting part of a managed object identifier, 0 when it has none.
func number(object string) int {
	value, _ := strconv.Atoi(object[strings.LastIndexByte(object, '-')+1:])
	return value
}

func openJournal(directory string) (*journal, error) {
	if err := os.MkdirAll(filepath.Join(directory, "machines"), 0o700); err != nil {
		return nil, err
	}
	return &journal{directory: directory}, os.Chmod(directory, 0o700)
}

func (j *journal) machineFile(uuid string) string {
	return filepath.Join(j.directory, "machines", uuid+".json")
}

// write replaces a file so that a reader, or a start after a crash, sees the old or the new content.
func (j *journal) write(path string, value any) error {
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

func (j *journal) removeMachine(uuid string) error {
	err := os.Remove(j.machineFile(uuid))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// read returns all records, each kind in order of creation.
func (j *journal) read() (folders []folderRecord, machines []machineRecord, err error) {
	if err := readJSON(filepath.Join(j.directory, "folders.json"), &folders); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	files, err := filepath.Glob(filepath.Join(j.directory, "machines", "*.json"))
	if err != nil {
		return nil, nil, err
	}
	for _, file := range files {
		var record machineRecord
		if err := readJSON(file, &record); err != nil {
			return nil, nil, err
		}
		machines = append(machines, record)
	}
	sort.Slice(folders, func(a, b int) bool { return number(folders[a].Object) < number(folders[b].Object) })
	sort.Slice(machines, func(a, b int) bool { return number(machines[a].Object) < number(machines[b].Object) })
	return folders, machines, nil
}

// readAccess returns the recorded roles and permissions; none where nobody has made any.
func (j *journal) readAccess() (accessRecord, error) {
	var record accessRecord
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

// record writes the machine's file. The caller holds the machine's lock.
func (m *machine) record(ctx *simulator.Context) *failure {
	var config bytes.Buffer
	if err := types.NewJSONEncoder(&config).Encode(m.Config); err != nil {
		return hostFailure(m.Name, err)
	}
	entry := machineRecord{
		Object:    m.Self.Value,
		Parent:    m.Parent.Value,
		Name:      m.Name,
		Template:  m.template.Name,
		Untouched: m.untouched,
		PoweredOn: m.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn,
		Config:    config.Bytes(),
	}
	if m.Runtime.Host != nil {
		entry.Host = m.Runtime.Host.Value
	}
	if m.ResourcePool != nil {
		entry.ResourcePool = m.ResourcePool.Value
	}
	if err := m.site.journal.write(m.site.journal.machineFile(m.Config.Uuid), entry); err != nil {
		return hostFailure(m.Name, err)
	}
	return nil
}

// recordFolders writes the file of folders.
func (s *site) recordFolders(ctx *simulator.Context) error {
	records := []folderRecord{}
	var walk func(reference types.ManagedObjectReference)
	walk = func(reference types.ManagedObjectReference) {
		parent, ok := s.registry().Get(reference).(*simulator.Folder)
		if !ok {
			return
		}
		var children []types.ManagedObjectReference
		ctx.WithLock(parent.Self, func() { children = append(children, parent.ChildEntity...) })
		for _, child := range children {
			if entity, ok := s.registry().Get(child).(*simulator.Folder); ok {
				records = append(records, folderRecord{Object: child.Value, Parent: reference.Value, Name: entity.Name})
				walk(child)
			}
		}
	}
	walk(s.machineRoot())
	return s.journal.write(filepath.Join(s.journal.directory, "folders.json"), records)
}

// machineRoot is the datacenter's folder of virtual machines.
func (s *site) machineRoot() types.ManagedObjectReference {
	return s.registry().Any("Datacenter").(*simulator.Datacenter).VmFolder
}
