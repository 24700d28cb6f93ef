package journal

import (
	"encoding/json"
	"strconv"
	"strings"
)

// Folder is one folder below the datacenter's vm folder.
type Folder struct {
	Object string `json:"object"` // managed object identifier, as group-71
	Parent string `json:"parent"`
	Name   string `json:"name"`
}

// Machine is one virtual machine. Its config is kept as the API's own JSON.
type Machine struct {
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

// Access is the file of roles and permissions that clients have made.
type Access struct {
	Roles       []Role       `json:"roles"`
	Permissions []Permission `json:"permissions"`
}

// Role is a role that a client has made.
type Role struct {
	ID         int32    `json:"id"`
	Name       string   `json:"name"`
	Privileges []string `json:"privileges"`
}

// Permission is what a client has granted on an object.
type Permission struct {
	Type      string `json:"type"` // of the entity
	Object    string `json:"object"`
	Principal string `json:"principal"`
	Group     bool   `json:"group"`
	Role      int32  `json:"role"`
	Propagate bool   `json:"propagate"`
}

// Number is the counting part of a managed object identifier, 0 when it has none.
func Number(object string) int {
	value, _ := strconv.Atoi(object[strings.LastIndexByte(object, '-')+1:])
	return value
}
