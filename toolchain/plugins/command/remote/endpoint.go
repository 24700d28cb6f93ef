package remote

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"golang.org/x/crypto/ssh"
)

// endpoint is one SSH server to log in to: a connection with its defaults applied and its keys parsed.
type endpoint struct {
	user           string
	address        string // host:port
	signer         ssh.Signer
	password       *string
	agentSocket    *string
	hostKey        ssh.PublicKey // nil accepts any
	dialErrorLimit int
	perDialTimeout time.Duration // 0 is no limit
}

// String names the endpoint in errors and logs: user@host:port.
func (e *endpoint) String() string { return e.user + "@" + e.address }

// endpoints resolves the host and the proxy (nil without one) of a connection. Errors never quote a key.
func (c *Connection) endpoints() (host, proxy *endpoint, err error) {
	if host, err = resolve(ProxyConnection{
		Host: c.Host, Port: c.Port, User: c.User, Password: c.Password, PrivateKey: c.PrivateKey,
		PrivateKeyPassword: c.PrivateKeyPassword, AgentSocketPath: c.AgentSocketPath, HostKey: c.HostKey,
		DialErrorLimit: c.DialErrorLimit, PerDialTimeout: c.PerDialTimeout,
	}); err != nil {
		return nil, nil, fmt.Errorf("connection: %w", err)
	}
	if c.Proxy != nil {
		if proxy, err = resolve(*c.Proxy); err != nil {
			return nil, nil, fmt.Errorf("connection.proxy: %w", err)
		}
	}
	return host, proxy, nil
}

func resolve(c ProxyConnection) (*endpoint, error) {
	if c.Host == nil || *c.Host == "" {
		return nil, errors.New("`host` is empty: give the address or the name of the host")
	}
	port := int(valueOr(c.Port, defaultPort))
	e := &endpoint{
		user:           valueOr(c.User, defaultUser),
		address:        net.JoinHostPort(*c.Host, strconv.Itoa(port)),
		password:       c.Password,
		agentSocket:    c.AgentSocketPath,
		dialErrorLimit: valueOr(c.DialErrorLimit, defaultDialErrorLimit),
		perDialTimeout: time.Duration(valueOr(c.PerDialTimeout, defaultPerDialTimeout)) * time.Second,
	}
	var err error
	if c.HostKey != nil {
		if e.hostKey, err = parseHostKey(*c.HostKey); err != nil {
			return nil, fmt.Errorf("%s: %w", e, err)
		}
	}
	if c.PrivateKey != nil {
		if e.signer, err = parsePrivateKey(*c.PrivateKey, c.PrivateKeyPassword); err != nil {
			return nil, fmt.Errorf("%s: %w", e, err)
		}
	}
	return e, nil
}

func valueOr[T any](value *T, fallback T) T {
	if value == nil {
		return fallback
	}
	return *value
}

func parsePrivateKey(pem string, passphrase *string) (ssh.Signer, error) {
	var signer ssh.Signer
	var err error
	if passphrase != nil && *passphrase != "" {
		signer, err = ssh.ParsePrivateKeyWithPassphrase([]byte(pem), []byte(*passphrase))
	} else {
		signer, err = ssh.ParsePrivateKey([]byte(pem))
	}
	var missing *ssh.PassphraseMissingError
	switch {
	case err == nil:
		return signer, nil
	case errors.As(err, &missing):
		return nil, errors.New("`privateKey` is encrypted: give its passphrase as `privateKeyPassword`")
	default:
		// The cause is left out on purpose: a parser may quote what it read.
		return nil, errors.New("`privateKey` cannot be read: give a complete OpenSSH or PEM private key, and its " +
			"passphrase as `privateKeyPassword` if it is encrypted")
	}
}
