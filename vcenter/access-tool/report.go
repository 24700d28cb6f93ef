package main

// checkRequest is what the caller wants to know.
type checkRequest struct {
	VCenter    vcenter           `json:"vcenter"`
	Datacenter string            `json:"datacenter"`
	Entities   map[string]entity `json:"entities"` // by names of the caller's choice
	Accounts   []account         `json:"accounts"`
	// Template and Folder name entities that are described.
	Template string `json:"template"`
	Folder   string `json:"folder"`
}

// account is a user and the privileges it is to have.
type account struct {
	Name string `json:"name"`
	User string `json:"user"`
	// Password lets the account be asked itself; without it the vCenter is asked about it.
	Password string   `json:"password"`
	Wanted   []wanted `json:"wanted"`
}

type wanted struct {
	Entity string `json:"entity"`
	// OrElse is asked in the place of an entity that is not there yet.
	OrElse     string   `json:"orElse"`
	Privileges []string `json:"privileges"`
}

// report holds facts only; what they mean is for the caller to say.
type report struct {
	// Unreachable is why nothing answers, or why the asking account finds nothing; empty when it does.
	Unreachable string                  `json:"unreachable"`
	Certificate *certificate            `json:"certificate"`
	Logins      map[string]loginReport  `json:"logins"`
	Objects     map[string]objectReport `json:"objects"`
	Missing     []missing               `json:"missing"`
	// Unknown lists accounts about which the vCenter does not tell.
	Unknown  []unknown       `json:"unknown"`
	Template *templateReport `json:"template"`
	Machines []machineReport `json:"machines"`
}

type loginReport struct {
	// Outcome is ok, refused, expired, forbidden, failed, or absent for a user that does not exist.
	Outcome string `json:"outcome"`
	Message string `json:"message"`
}

type objectReport struct {
	Found   bool   `json:"found"`
	Message string `json:"message"`
}

type missing struct {
	Account    string   `json:"account"`
	Entity     string   `json:"entity"`
	Privileges []string `json:"privileges"`
}

type unknown struct {
	Account string `json:"account"`
	Message string `json:"message"`
}

type templateReport struct {
	HardwareVersion int `json:"hardwareVersion"`
	Disks           int `json:"disks"`
	NetworkCards    int `json:"networkCards"`
	Snapshots       int `json:"snapshots"`
}

type machineReport struct {
	Name string `json:"name"`
	UUID string `json:"uuid"`
}
