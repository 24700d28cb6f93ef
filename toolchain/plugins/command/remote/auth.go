package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// credentials are the authentication methods of one dial, and what became of them.
type credentials struct {
	methods []ssh.AuthMethod
	// offered names what is offered, for errors; keys by their fingerprint.
	offered []string
	// hostTrusted tells whether the host presented an acceptable key, so that authentication began.
	hostTrusted bool
	// passwordSent tells whether the server was given the password.
	passwordSent bool
	agent        net.Conn
}

// close ends the connection to the agent, which is needed until authentication is over.
func (c *credentials) close() {
	if c.agent != nil {
		c.agent.Close()
	}
}

// describe lists what was offered.
func (c *credentials) describe() string {
	if len(c.offered) == 0 {
		return "no credentials (give `privateKey`, `password` or an agent)"
	}
	return strings.Join(c.offered, ", ")
}

// credentials prepares the authentication of one dial. Private key and agent are one method, because a server is offered
// each method once; the private key comes first.
func (e *endpoint) credentials(ctx context.Context) (*credentials, error) {
	c := &credentials{}
	var signers []ssh.Signer
	if e.signer != nil {
		signers = append(signers, e.signer)
		c.offered = append(c.offered, "private key "+ssh.FingerprintSHA256(e.signer.PublicKey()))
	}
	agentSigners, err := e.agentSigners(ctx, c)
	if err != nil {
		return nil, err
	}
	if signers = append(signers, agentSigners...); len(signers) > 0 {
		c.methods = append(c.methods, ssh.PublicKeys(signers...))
	}
	if e.password != nil {
		password := *e.password
		c.offered = append(c.offered, "password")
		c.methods = append(c.methods,
			ssh.PasswordCallback(func() (string, error) {
				c.passwordSent = true
				return password, nil
			}),
			ssh.KeyboardInteractive(func(_, _ string, questions []string, _ []bool) ([]string, error) {
				answers := make([]string, len(questions))
				if len(questions) > 0 && c.passwordSent {
					return nil, errors.New("the password was refused already")
				}
				for i := range questions {
					c.passwordSent = true
					answers[i] = password
				}
				return answers, nil
			}))
	}
	return c, nil
}

// agentSigners asks the SSH agent for its keys. An agent named by the connection has to answer; the one of the
// environment is a convenience, used if there is no private key, and ignored if it does not answer.
func (e *endpoint) agentSigners(ctx context.Context, c *credentials) ([]ssh.Signer, error) {
	socket, required := os.Getenv("SSH_AUTH_SOCK"), false
	if e.agentSocket != nil {
		socket, required = *e.agentSocket, true
	}
	if socket == "" || (!required && e.signer != nil) {
		return nil, nil
	}
	var signers []ssh.Signer
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", socket)
	if err == nil {
		c.agent = conn
		signers, err = agent.NewClient(conn).Signers()
	}
	if err != nil {
		c.close()
		if !required {
			return nil, nil
		}
		return nil, fmt.Errorf("the SSH agent at `agentSocketPath` %s does not answer: %w. Start it or correct the path",
			socket, err)
	}
	c.offered = append(c.offered, fmt.Sprintf("%d keys of the agent", len(signers)))
	return signers, nil
}

// refused tells whether a failed handshake means that the host accepted none of the credentials. It does when the host
// had been verified and answered, whatever it answered: servers word a refusal in several ways.
func (c *credentials) refused(err error) bool {
	var network net.Error
	return c.hostTrusted && !errors.As(err, &network) &&
		!errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, net.ErrClosed)
}
