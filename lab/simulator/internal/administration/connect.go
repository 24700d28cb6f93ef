// Package administration is what the program does as a client of the running vCenter: what an administrator does by hand.
package administration

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/session"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/soap"

	"sitewright/lab/simulator/internal/config"
)

// timeout bounds all that one command asks.
const timeout = 30 * time.Second

// Connect logs in to the running vCenter as any client does, certificate check included.
func Connect(ctx context.Context, settings *config.Config) (*govmomi.Client, error) {
	password, err := settings.Password()
	if err != nil {
		return nil, err
	}
	address := &url.URL{Scheme: "https", Host: settings.Listen, Path: vim25.Path}
	transport := soap.NewClient(address, false)
	if err := transport.SetRootCAs(settings.CertificateAuthority); err != nil {
		return nil, fmt.Errorf("certificate authority: %w", err)
	}
	client, err := vim25.NewClient(ctx, transport)
	if err != nil {
		return nil, fmt.Errorf("no vCenter answers on %s: %w", settings.Listen, err)
	}
	manager := session.NewManager(client)
	if err := manager.Login(ctx, url.UserPassword(settings.User, password)); err != nil {
		return nil, fmt.Errorf("login of %s on %s: %w", settings.User, settings.Listen, err)
	}
	return &govmomi.Client{Client: client, SessionManager: manager}, nil
}
