package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// startImpostor returns a server at the address of another one that has ended. It lets everybody in whom that one let in, and
// keeps what it is sent in the file captured.
func startImpostor(t *testing.T, of *server) *server {
	of.stop()
	s := prepareServer(t)
	s.port, s.userKey = of.port, of.userKey
	s.write("authorized_keys", s.userKey.public+"\n")
	config, err := os.ReadFile(s.path("sshd_config"))
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(config)), "\n")
	lines[0] = fmt.Sprintf("Port %d", s.port)
	lines = append(lines, "PasswordAuthentication yes", fmt.Sprintf("ForceCommand cat > %s", s.path("captured")))
	s.write("sshd_config", strings.Join(lines, "\n")+"\n")
	s.start()
	require.Eventually(t, func() bool { return strings.Contains(s.log(), "Server listening") },
		10*time.Second, 20*time.Millisecond, "sshd does not start: %s", s.log())
	return s
}

func TestImpostorGetsNothing(t *testing.T) {
	known, pl := startServer(t), startPlugin(t)
	inputs := props{
		"connection": known.connection().with(props{"password": "password-of-the-user-1"}),
		"create":     "cat >/dev/null", "delete": "cat >/dev/null",
		"stdin": secret{"a token"},
	}
	created := pl.create(remoteCommand, inputs)
	impostor := startImpostor(t, known)

	for operation, attempt := range map[string]func() error{
		"create": func() error { _, err := pl.tryCreate(remoteCommand, inputs, 0); return err },
		"update": func() error {
			_, err := pl.tryUpdate(remoteCommand, created.Properties, inputs.with(props{"stdin": secret{"another token"}}))
			return err
		},
		"delete": func() error { return pl.delete(remoteCommand, created.Properties) },
	} {
		t.Run(operation, func(t *testing.T) {
			before := strings.Count(impostor.log(), "Connection from")
			err := attempt()
			require.ErrorContains(t, err, "not the pinned host")
			assert.ErrorContains(t, err, fingerprint(t, known.hostKey))
			assert.ErrorContains(t, err, fingerprint(t, impostor.hostKey))
			assert.Eventually(t, func() bool { return impostor.openConnections() == 0 }, atOnce, 20*time.Millisecond)
			assert.Equal(t, 1, strings.Count(impostor.log(), "Connection from")-before, "one attempt")
		})
	}
	for _, sent := range []string{"Accepted", "Failed", "Starting session", "user " + known.user} {
		assert.NotContains(t, impostor.log(), sent, "neither a user's name nor a key nor a password is sent")
	}
	assert.NoFileExists(t, impostor.path("captured"))

	// The impostor's way of listening is real: who does not pin sends it everything.
	connection := known.connection()
	delete(connection, "hostKey")
	pl.create(remoteCommand, inputs.with(props{"connection": connection}))
	captured, err := os.ReadFile(impostor.path("captured"))
	require.NoError(t, err)
	assert.Equal(t, "a token", string(captured))
}

// The machine is the right one, and the user's key was replaced by another.
func TestSwappedUserKeyIsRefusedBeforeAnythingIsSent(t *testing.T) {
	s, pl := startServer(t), startPlugin(t)
	s.write("authorized_keys", newKeyPair(t).public+"\n")
	_, err := pl.tryCreate(remoteCommand, props{
		"connection": s.connection().with(props{"dialErrorLimit": 1}),
		"create":     "cat > " + s.path("captured"), "stdin": secret{"a token"},
	}, 0)
	require.ErrorContains(t, err, "refused the login")
	assert.NotContains(t, err.Error(), "a token")
	assert.NotContains(t, s.log(), "Accepted")
	assert.NotContains(t, s.log(), "Starting session")
	assert.NoFileExists(t, s.path("captured"))
}
