package guest

import (
	"sort"
	"strings"

	"github.com/vmware/govmomi/vim25/types"
)

// Variables turns the guestinfo.* keys of a virtual machine into the environment variables
// that cloud-init's VMware datasource reads where there is no VMware backdoor (VMX_GUESTINFO_...).
func Variables(extraConfig []types.BaseOptionValue) []string {
	var variables []string
	for key, value := range values(extraConfig) {
		variables = append(variables, "VMX_"+strings.ToUpper(strings.ReplaceAll(key, ".", "_"))+"="+value)
	}
	if len(variables) > 0 {
		variables = append(variables, "VMX_GUESTINFO=true")
	}
	sort.Strings(variables)
	return variables
}

// values collects the guestinfo.* keys.
func values(extraConfig []types.BaseOptionValue) map[string]string {
	found := map[string]string{}
	for _, option := range extraConfig {
		entry := option.GetOptionValue()
		if value, ok := entry.Value.(string); ok && strings.HasPrefix(entry.Key, "guestinfo.") {
			found[entry.Key] = value
		}
	}
	return found
}
