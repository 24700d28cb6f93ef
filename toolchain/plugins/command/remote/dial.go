package remote

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"golang.org/x/crypto/ssh"

	"sitewright/toolchain/plugins/command/internal/output"
)

const (
	firstDelay  = 100 * time.Millisecond
	delayGrowth = 1.5
	maxDelay    = 2 * time.Second
	// refusalWindow bounds how long refused keys are retried where dialErrorLimit sets no limit. A machine in its first
	// boot refuses a key until cloud-init has written it; one that still does after this has the wrong key.
	refusalWindow = 2 * time.Minute
	// deleteBudget bounds the dialling of a delete that has neither a dial limit nor a deadline: its host may be gone.
	deleteBudget = 5 * time.Minute
)

// transport opens a connection to an address: a TCP dialler, or a channel through a proxy.
type transport func(ctx context.Context, network, address string) (net.Conn, error)

// link is one SSH connection, with that to its proxy if there is one.
type link struct {
	client *ssh.Client
	proxy  *ssh.Client
}

// Close ends the connection and whatever runs in it. It may be called more than once.
func (l *link) Close() {
	if l.client != nil {
		l.client.Close()
	}
	if l.proxy != nil {
		l.proxy.Close()
	}
}

// connect logs in to the host of the connection. The link belongs to the caller, who closes it. The step goes into
// errors.
func (c *Connection) connect(ctx context.Context, step string) (*link, error) {
	host, proxy, err := c.endpoints()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", step, err)
	}
	unbounded := host.dialErrorLimit <= unlimited || (proxy != nil && proxy.dialErrorLimit <= unlimited)
	if _, hasDeadline := ctx.Deadline(); step == stepDelete && unbounded && !hasDeadline {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, deleteBudget)
		defer cancel()
	}
	l := &link{}
	open := transport((&net.Dialer{}).DialContext)
	if proxy != nil {
		if l.proxy, err = proxy.dial(ctx, step, open); err != nil {
			return nil, fmt.Errorf("proxy: %w", err)
		}
		open = l.proxy.DialContext
	}
	if l.client, err = host.dial(ctx, step, open); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// dial logs in, repeating failed attempts with growing delays until the error limit or the context ends it.
//
// A host that presents another key than the pinned one and a refused password are final: the first may be an impostor,
// the second may lock the account. A refused private key is retried like an unreachable host, see refusalWindow.
func (e *endpoint) dial(ctx context.Context, step string, open transport) (*ssh.Client, error) {
	began, delay := time.Now(), firstDelay
	var refusedSince time.Time
	for attempt := 1; ; attempt++ {
		client, err := e.dialOnce(ctx, open)
		if err == nil {
			return client, nil
		}
		if ctx.Err() != nil {
			return nil, stoppedDialling(ctx, step, e, began, attempt, err)
		}
		if mismatch := e.asHostKeyError(err); mismatch != nil {
			return nil, fmt.Errorf("%s: %w", step, mismatch)
		}
		var refused *refusedError
		if errors.As(err, &refused) {
			if refusedSince.IsZero() {
				refusedSince = time.Now()
			}
			if refused.passwordSent || (e.dialErrorLimit <= unlimited && time.Since(refusedSince) > refusalWindow) {
				return nil, fmt.Errorf("%s: %w", step, refused)
			}
		} else {
			refusedSince = time.Time{}
		}
		if e.dialErrorLimit > unlimited && attempt > e.dialErrorLimit {
			return nil, unreachable(step, e, began, attempt, err)
		}
		p.GetLogger(ctx).InfoStatusf("waiting for SSH at %s, %s: attempt %d failed: %s",
			e, output.Elapsed(began), attempt, firstLine(err))
		select {
		case <-ctx.Done():
			return nil, stoppedDialling(ctx, step, e, began, attempt, err)
		case <-time.After(jitter(delay)):
		}
		delay = min(time.Duration(float64(delay)*delayGrowth), maxDelay)
	}
}

// dialOnce makes one attempt: connection, handshake and authentication within perDialTimeout and ctx.
func (e *endpoint) dialOnce(ctx context.Context, open transport) (*ssh.Client, error) {
	release, err := logins.enter(ctx, e.address)
	if err != nil {
		return nil, err
	}
	defer release()
	if e.perDialTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, e.perDialTimeout,
			fmt.Errorf("no answer within %s (perDialTimeout)", e.perDialTimeout))
		defer cancel()
	}
	creds, err := e.credentials(ctx)
	if err != nil {
		return nil, err
	}
	defer creds.close()

	conn, err := open(ctx, "tcp", e.address)
	if err != nil {
		return nil, orCause(ctx, err)
	}
	// The handshake knows no context: ending the connection under it is what ends it.
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	sshConn, channels, requests, err := ssh.NewClientConn(conn, e.address, &ssh.ClientConfig{
		User: e.user,
		Auth: creds.methods,
		HostKeyCallback: func(hostname string, remote net.Addr, key ssh.PublicKey) error {
			err := e.verifyHostKey(hostname, remote, key)
			creds.hostTrusted = err == nil
			return err
		},
		HostKeyAlgorithms: e.hostKeyAlgorithms(),
	})
	if inTime := stop(); err == nil && !inTime {
		sshConn.Close()
		err = ctx.Err()
	}
	if err != nil {
		conn.Close()
		if ctx.Err() == nil && creds.refused(err) {
			return nil, &refusedError{endpoint: e.String(), offered: creds.describe(), passwordSent: creds.passwordSent}
		}
		return nil, orCause(ctx, err)
	}
	return ssh.NewClient(sshConn, channels, requests), nil
}

// orCause prefers the reason why the context ended to the error this caused.
func orCause(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// jitter spreads a delay by a quarter, so that commands refused together do not come back together.
func jitter(delay time.Duration) time.Duration {
	return time.Duration(float64(delay) * (0.75 + rand.Float64()/2))
}
