package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/pbm"
	"github.com/vmware/govmomi/session"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// certificate is what the server shows, before any password is sent.
type certificate struct {
	SHA1   string `json:"sha1"`
	SHA256 string `json:"sha256"`
	// Fault is why it is not trusted; empty when it is.
	Fault string `json:"fault"`
	// Differs tells that it is not the one whose thumbprint was asked for.
	Differs bool `json:"differs"`

	leaf *x509.Certificate
}

// passes tells whether a password may be sent to whoever has shown it.
func (c *certificate) passes(server vcenter) bool {
	return !c.Differs && (c.Fault == "" || server.Insecure)
}

// look fetches the server's certificate and judges it by the system's authorities (SSL_CERT_FILE).
func look(ctx context.Context, server vcenter) (*certificate, error) {
	address := server.Server
	if _, _, err := net.SplitHostPort(address); err != nil {
		address = net.JoinHostPort(address, "443")
	}
	host, _, _ := net.SplitHostPort(address)
	dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, ServerName: host}}
	connection, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	chain := connection.(*tls.Conn).ConnectionState().PeerCertificates
	found := &certificate{
		SHA1: soap.ThumbprintSHA1(chain[0]), SHA256: soap.ThumbprintSHA256(chain[0]), leaf: chain[0],
	}
	intermediates := x509.NewCertPool()
	for _, one := range chain[1:] {
		intermediates.AddCert(one)
	}
	if _, err := chain[0].Verify(x509.VerifyOptions{DNSName: host, Intermediates: intermediates}); err != nil {
		found.Fault = err.Error()
	}
	if wanted := plain(server.Thumbprint); wanted != "" {
		found.Differs = wanted != plain(found.SHA1) && wanted != plain(found.SHA256)
	}
	return found, nil
}

// plain is a thumbprint as it is compared.
func plain(thumbprint string) string {
	return strings.ToLower(strings.ReplaceAll(thumbprint, ":", ""))
}

// connection is a session of one account.
type connection struct {
	*vim25.Client
	manager *session.Manager
	key     string
	finder  *find.Finder
}

// connect logs in to the server that has shown the certificate, and to no other.
func connect(ctx context.Context, server vcenter, shown *certificate) (*connection, error) {
	address := &url.URL{Scheme: "https", Host: server.Server, Path: vim25.Path}
	transport := soap.NewClient(address, server.Insecure)
	transport.DefaultTransport().TLSClientConfig.VerifyConnection = func(state tls.ConnectionState) error {
		if !bytes.Equal(state.PeerCertificates[0].Raw, shown.leaf.Raw) {
			return errors.New("the server has shown two different certificates")
		}
		return nil
	}
	client, err := vim25.NewClient(ctx, transport)
	if err != nil {
		return nil, err
	}
	manager := session.NewManager(client)
	if err := manager.Login(ctx, url.UserPassword(server.User, server.Password)); err != nil {
		return nil, err
	}
	current, err := manager.UserSession(ctx)
	if err != nil {
		return nil, err
	}
	return &connection{client, manager, current.Key, find.NewFinder(client)}, nil
}

// reach does both for a request that needs no report on the certificate.
func reach(ctx context.Context, server vcenter) (*connection, error) {
	shown, err := look(ctx, server)
	if err != nil {
		return nil, fmt.Errorf("%s does not answer: %w", server.Server, err)
	}
	if !shown.passes(server) {
		return nil, fmt.Errorf("the certificate of %s is not accepted (%s): %s", server.Server, shown.SHA256,
			strings.TrimSpace(shown.Fault+map[bool]string{true: " it has another thumbprint than configured"}[shown.Differs]))
	}
	session, err := connect(ctx, server, shown)
	if err != nil {
		return nil, fmt.Errorf("login of %s on %s: %w", server.User, server.Server, err)
	}
	return session, nil
}

func (c *connection) close() { _ = c.manager.Logout(context.Background()) }

// inDatacenter sets where names are looked for.
func (c *connection) inDatacenter(ctx context.Context, name string) error {
	datacenter, err := c.finder.Datacenter(ctx, name)
	if err == nil {
		c.finder.SetDatacenter(datacenter)
	}
	return err
}

// find looks for an entity.
func (c *connection) find(ctx context.Context, wanted entity) (types.ManagedObjectReference, error) {
	type object interface {
		Reference() types.ManagedObjectReference
	}
	var found object
	var err error
	switch wanted.Kind {
	case "vcenter":
		return c.ServiceContent.RootFolder, nil
	case "datacenter":
		found, err = c.finder.Datacenter(ctx, wanted.Name)
	case "cluster":
		found, err = c.finder.ClusterComputeResource(ctx, wanted.Name)
	case "pool":
		found, err = c.finder.ResourcePool(ctx, wanted.Name)
	case "folder":
		found, err = c.finder.Folder(ctx, wanted.Name)
	case "datastore":
		found, err = c.finder.Datastore(ctx, wanted.Name)
	case "network":
		found, err = c.finder.Network(ctx, wanted.Name)
	case "virtualMachine":
		found, err = c.finder.VirtualMachine(ctx, wanted.Name)
	case "policy":
		// Storage policies are no part of the inventory, and nothing is bound on them.
		return types.ManagedObjectReference{}, c.hasPolicy(ctx, wanted.Name)
	default:
		err = fmt.Errorf("%q is no kind of entity", wanted.Kind)
	}
	if err != nil {
		return types.ManagedObjectReference{}, err
	}
	return found.Reference(), nil
}

// principal is the form in which permissions name a user: DOMAIN\user.
func principal(user string) string {
	if name, domain, ok := strings.Cut(user, "@"); ok {
		return strings.ToUpper(domain) + `\` + name
	}
	return user
}

// outcome of a login, from its error.
func outcome(err error) string {
	switch {
	case err == nil:
		return "ok"
	case fault.Is(err, &types.PasswordExpired{}):
		return "expired"
	case fault.Is(err, &types.InvalidLogin{}):
		return "refused"
	case fault.Is(err, &types.NoPermission{}):
		return "forbidden"
	default:
		return "failed"
	}
}

// hasPolicy is an error where no storage policy has that name.
func (c *connection) hasPolicy(ctx context.Context, name string) error {
	policies, err := pbm.NewClient(ctx, c.Client)
	if err != nil {
		return err
	}
	_, err = policies.ProfileIDByName(ctx, name)
	return err
}
