package docker

import (
	"strings"
	"testing"
)

func TestOversizedGuestInfoIsRefused(t *testing.T) {
	err := Create(Spec{Environment: []string{"VMX_GUESTINFO_USERDATA=" + strings.Repeat("x", maxEnvironment)}})
	if err == nil || !strings.Contains(err.Error(), "gzip+base64") {
		t.Errorf("%v", err)
	}
}
