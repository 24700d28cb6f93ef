// Package gcp has the interface of github.com/hashicorp/vault/api/auth/gcp that Consul calls. A Vault as the service mesh's
// certificate authority could let Consul log in by an identity of Google Cloud; a site has no mesh (connect is off in
// apps/consul), and the login is refused. It is written anew, and contains nothing of Vault's.
package gcp

import (
	"context"
	"errors"

	"github.com/hashicorp/vault/api"
)

// ErrLeftOut is the error of every login.
var ErrLeftOut = errors.New("the login to Vault by gcp is left out of this build of Consul: take another auth_method")

// GCPAuth refuses to log in.
type GCPAuth struct{}

// LoginOption is accepted and changes nothing.
type LoginOption func(*GCPAuth) error

// NewGCPAuth refuses, so that a configuration with this method fails where it is read.
func NewGCPAuth(string, ...LoginOption) (*GCPAuth, error) { return nil, ErrLeftOut }

// Login refuses.
func (*GCPAuth) Login(context.Context, *api.Client) (*api.Secret, error) { return nil, ErrLeftOut }

// WithMountPath says where Vault has the method.
func WithMountPath(string) LoginOption { return nothing }

// WithIAMAuth asks for a service account's login.
func WithIAMAuth(string) LoginOption { return nothing }

// WithGCEAuth asks for a machine's login.
func WithGCEAuth() LoginOption { return nothing }

func nothing(*GCPAuth) error { return nil }
