package journal

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// TestFilesKeepTheirFormat holds names and content of the files to what a lab that runs has on its disk: a program of another
// form would lose its machines.
func TestFilesKeepTheirFormat(t *testing.T) {
	directory := t.TempDir()
	records, err := Open(directory)
	if err != nil {
		t.Fatal(err)
	}
	machine := Machine{
		Object: "vm-71", Parent: "group-69", Name: "node", Template: "photon-5", Host: "host-22", ResourcePool: "resgroup-19",
		PoweredOn: true, Config: json.RawMessage(`{"name":"node"}`),
	}
	folder := Folder{Object: "group-69", Parent: "group-3", Name: "kubernetes"}
	access := Access{
		Roles:       []Role{{ID: 1001, Name: "disks", Privileges: []string{"Cns.Searchable"}}},
		Permissions: []Permission{{Type: "Folder", Object: "group-69", Principal: "csi@vsphere.local", Role: 1001, Propagate: true}},
	}
	for _, err := range []error{
		records.WriteMachine("1111", machine), records.WriteFolders([]Folder{folder}), records.WriteAccess(access),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, wanted := range map[string]string{
		"machines/1111.json": `{
  "object": "vm-71",
  "parent": "group-69",
  "name": "node",
  "template": "photon-5",
  "host": "host-22",
  "resourcePool": "resgroup-19",
  "poweredOn": true,
  "untouched": false,
  "config": {
    "name": "node"
  }
}
`,
		"folders.json": `[
  {
    "object": "group-69",
    "parent": "group-3",
    "name": "kubernetes"
  }
]
`,
		"access.json": `{
  "roles": [
    {
      "id": 1001,
      "name": "disks",
      "privileges": [
        "Cns.Searchable"
      ]
    }
  ],
  "permissions": [
    {
      "type": "Folder",
      "object": "group-69",
      "principal": "csi@vsphere.local",
      "group": false,
      "role": 1001,
      "propagate": true
    }
  ]
}
`,
	} {
		path := filepath.Join(directory, name)
		content, err := os.ReadFile(path)
		if err != nil || string(content) != wanted {
			t.Errorf("%s: %v\n%s", name, err, content)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", name, info.Mode(), err)
		}
	}
	folders, machines, err := records.Read()
	if err != nil || len(folders) != 1 || folders[0] != folder || len(machines) != 1 || machines[0].Object != machine.Object {
		t.Errorf("read back: %v %v %v", folders, machines, err)
	}
	if found, err := records.ReadAccess(); err != nil || !reflect.DeepEqual(found, access) {
		t.Errorf("read back: %v %v", found, err)
	}
}
