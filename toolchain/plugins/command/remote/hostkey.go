package remote

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"golang.org/x/crypto/ssh"
)

// parseHostKey reads a pinned host key: one public key in authorized_keys format, "type base64 [comment]".
func parseHostKey(line string) (ssh.PublicKey, error) {
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line))
	if err != nil {
		return nil, errors.New("`hostKey` is no OpenSSH public key: give the line of the host's " +
			"/etc/ssh/ssh_host_ed25519_key.pub, such as `ssh-ed25519 AAAA… comment`")
	}
	return key, nil
}

// hostKeyError says that the host is not the one that was pinned. It is final: retrying would only give an impostor
// further chances.
type hostKeyError struct {
	endpoint  string
	expected  ssh.PublicKey
	presented string
}

func (e *hostKeyError) Error() string {
	return fmt.Sprintf("%s is not the pinned host: expected the host key %s (%s), it presented %s. Nothing was sent to it "+
		"and it is not tried again. If the machine was rebuilt on purpose, put its new key into `connection.hostKey`; "+
		"otherwise find out which machine answers at this address",
		e.endpoint, ssh.FingerprintSHA256(e.expected), e.expected.Type(), e.presented)
}

// verifyHostKey compares the presented key with the pinned one; without a pinned one every key will do.
func (e *endpoint) verifyHostKey(hostname string, remote net.Addr, key ssh.PublicKey) error {
	if e.hostKey == nil || ssh.FixedHostKey(e.hostKey)(hostname, remote, key) == nil {
		return nil
	}
	return &hostKeyError{
		endpoint:  e.String(),
		expected:  e.hostKey,
		presented: fmt.Sprintf("%s (%s)", ssh.FingerprintSHA256(key), key.Type()),
	}
}

// hostKeyAlgorithms restricts the handshake to signatures of the pinned key; nil allows all.
func (e *endpoint) hostKeyAlgorithms() []string {
	switch {
	case e.hostKey == nil:
		return nil
	case e.hostKey.Type() == ssh.KeyAlgoRSA:
		// Servers no longer sign with SHA-1, which is what the bare key type stands for.
		return []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
	default:
		return []string{e.hostKey.Type()}
	}
}

// asHostKeyError recognises a failed handshake that means another host: a different key, or no key of the pinned type.
func (e *endpoint) asHostKeyError(err error) *hostKeyError {
	var mismatch *hostKeyError
	if errors.As(err, &mismatch) {
		return mismatch
	}
	var negotiation *ssh.AlgorithmNegotiationError
	if e.hostKey != nil && errors.As(err, &negotiation) && negotiation.What == "host key" {
		return &hostKeyError{
			endpoint:  e.String(),
			expected:  e.hostKey,
			presented: fmt.Sprintf("no key of that type (but %s)", strings.Join(negotiation.RequestedAlgorithms, ", ")),
		}
	}
	return nil
}
