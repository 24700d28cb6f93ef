package gcp_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/hashicorp/vault/api/auth/gcp"
)

func TestTheLoginIsRefusedByName(t *testing.T) {
	_, err := gcp.NewGCPAuth("role", gcp.WithMountPath("gcp"), gcp.WithGCEAuth())
	if !errors.Is(err, gcp.ErrLeftOut) || !strings.Contains(err.Error(), "gcp") {
		t.Errorf("made, or refused with %v", err)
	}
	if _, err := (&gcp.GCPAuth{}).Login(context.Background(), nil); !errors.Is(err, gcp.ErrLeftOut) {
		t.Errorf("logged in, or refused with %v", err)
	}
}
