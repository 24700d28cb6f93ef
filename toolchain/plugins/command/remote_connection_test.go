package main

import (
	"crypto/rand"
	"crypto/rsa"
	"net"
	"strings"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

func fingerprint(t *testing.T, key keyPair) string {
	public, _, _, _, err := ssh.ParseAuthorizedKey([]byte(key.public))
	require.NoError(t, err)
	return ssh.FingerprintSHA256(public)
}

func TestWrongHostKeyIsFinal(t *testing.T) {
	s, pl := startServer(t), startPlugin(t)
	attemptsBefore := strings.Count(s.log(), "Connection from")
	pinned := newKeyPair(t)
	began := time.Now()
	_, err := pl.tryCreate(remoteCommand, props{
		"connection": s.connection().with(props{"hostKey": pinned.public + " node1"}), "create": "true",
	}, 0)
	assert.Less(t, time.Since(began), atOnce)
	require.Error(t, err)
	for _, expected := range []string{s.address(), fingerprint(t, pinned), fingerprint(t, s.hostKey), "connection.hostKey"} {
		assert.ErrorContains(t, err, expected)
	}
	time.Sleep(100 * time.Millisecond)
	log := s.log()
	assert.Equal(t, 1, strings.Count(log, "Connection from")-attemptsBefore, "one attempt")
	assert.NotContains(t, log, "Accepted", "no login")
	assert.NotContains(t, log, "Failed", "no credentials sent")
}

func TestHostKeyOfAnotherTypeIsFinal(t *testing.T) {
	s, pl := startServer(t), startPlugin(t)
	began := time.Now()
	_, err := pl.tryCreate(remoteCommand, props{"connection": s.connection().with(props{"hostKey": rsaPublicKey(t)}), "create": "true"}, 0)
	assert.Less(t, time.Since(began), atOnce)
	require.ErrorContains(t, err, "not the pinned host")
	assert.ErrorContains(t, err, "ssh-ed25519")
}

func rsaPublicKey(t *testing.T) string {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	public, err := ssh.NewPublicKey(&private.PublicKey)
	require.NoError(t, err)
	return string(ssh.MarshalAuthorizedKey(public))
}

func TestUnreadableHostKeyIsRefused(t *testing.T) {
	pl := startPlugin(t)
	for _, line := range []string{"", "SHA256:abc", "ssh-ed25519 AAAA"} {
		_, err := pl.tryCreate(remoteCommand, props{"connection": props{"host": "127.0.0.1", "hostKey": line}, "create": "true"}, 0)
		assert.ErrorContains(t, err, "`hostKey` is no OpenSSH public key", line)
	}
}

func TestWithoutHostKeyEveryHostIsAccepted(t *testing.T) {
	s, pl := startServer(t), startPlugin(t)
	connection := s.connection()
	delete(connection, "hostKey")
	pl.create(remoteCommand, props{"connection": connection, "create": "true"})
}

func TestDialLimit(t *testing.T) {
	pl := startPlugin(t)
	_, err := pl.tryCreate(remoteCommand, props{
		"connection": props{"host": "127.0.0.1", "port": freePort(t), "dialErrorLimit": 2}, "create": "true",
	}, 0)
	require.ErrorContains(t, err, "gave up after 3 attempts")
	assert.ErrorContains(t, err, "root@127.0.0.1:")
	assert.ErrorContains(t, err, "connection refused")
}

func TestSilentHostCostsAtMostTheDialTimeout(t *testing.T) {
	pl := startPlugin(t)
	began := time.Now()
	_, err := pl.tryCreate(remoteCommand, props{
		"connection": props{"host": "127.0.0.1", "port": silentPort(t), "dialErrorLimit": 0, "perDialTimeout": 1},
		"create":     "true",
	}, 0)
	assert.Less(t, time.Since(began), atOnce)
	assert.ErrorContains(t, err, "perDialTimeout")
}

func TestDeadlineEndsUnlimitedDialling(t *testing.T) {
	for name, port := range map[string]int{"refusing host": freePort(t), "silent host": silentPort(t)} {
		t.Run(name, func(t *testing.T) {
			pl := startPlugin(t)
			began := time.Now()
			_, err := pl.tryCreate(remoteCommand, props{
				"connection": props{"host": "127.0.0.1", "port": port, "dialErrorLimit": -1, "perDialTimeout": 0},
				"create":     "true",
			}, 1)
			assert.Less(t, time.Since(began), atOnce)
			assert.ErrorContains(t, err, "out of time")
		})
	}
}

func TestCancelEndsDialling(t *testing.T) {
	pl, port := startPlugin(t), silentPort(t)
	done := make(chan error, 1)
	go func() {
		_, err := pl.tryCreate(remoteCommand, props{
			"connection": props{"host": "127.0.0.1", "port": port, "dialErrorLimit": -1}, "create": "true",
		}, 0)
		done <- err
	}()
	time.Sleep(300 * time.Millisecond)
	began := time.Now()
	require.NoError(t, pl.server.Cancel())
	assert.ErrorContains(t, <-done, "cancelled")
	assert.Less(t, time.Since(began), atOnce)
}

func TestServerThatComesUpLate(t *testing.T) {
	s, pl := prepareServer(t), startPlugin(t)
	time.AfterFunc(1500*time.Millisecond, s.start)
	created := pl.create(remoteCommand, props{"connection": s.connection(), "create": "echo up"})
	assert.Equal(t, "up", text(t, created.Properties, "stdout"))
}

func TestKeyThatIsAuthorizedLate(t *testing.T) {
	s, pl := startServer(t), startPlugin(t)
	s.write("authorized_keys", "")
	time.AfterFunc(time.Second, func() { s.write("authorized_keys", s.userKey.public+"\n") })
	created := pl.create(remoteCommand, props{"connection": s.connection(), "create": "echo in"})
	assert.Equal(t, "in", text(t, created.Properties, "stdout"))
}

func TestRefusedKeyEndsAtTheDialLimit(t *testing.T) {
	s, pl := startServer(t), startPlugin(t)
	other := newKeyPair(t)
	_, err := pl.tryCreate(remoteCommand, props{
		"connection": s.connection().with(props{"privateKey": other.private, "dialErrorLimit": 1}), "create": "true",
	}, 0)
	require.ErrorContains(t, err, "refused the login")
	assert.ErrorContains(t, err, fingerprint(t, other))
	assert.ErrorContains(t, err, "gave up after 2 attempts")
}

func TestRefusedPasswordIsFinal(t *testing.T) {
	s, pl := startServer(t, "PasswordAuthentication yes"), startPlugin(t)
	_, err := pl.tryCreate(remoteCommand, props{
		"connection": props{"host": "127.0.0.1", "port": s.port, "user": s.user, "password": "wrong-password-1"},
		"create":     "true",
	}, 0)
	require.ErrorContains(t, err, "refused the login with password")
	assert.NotContains(t, err.Error(), "wrong-password-1")
	assert.Equal(t, 1, strings.Count(s.log(), "Failed password"))
}

func TestEncryptedKeyAsksForItsPassphrase(t *testing.T) {
	s, pl := startServer(t), startPlugin(t)
	key := encrypt(t, s.userKey, "the passphrase")
	connection := s.connection().with(props{"privateKey": key})
	_, err := pl.tryCreate(remoteCommand, props{"connection": connection, "create": "true"}, 0)
	assert.ErrorContains(t, err, "privateKeyPassword")
	pl.create(remoteCommand, props{
		"connection": connection.with(props{"privateKeyPassword": "the passphrase"}), "create": "true",
	})
	_, err = pl.tryCreate(remoteCommand, props{
		"connection": connection.with(props{"privateKey": "not a key 12345"}), "create": "true",
	}, 0)
	require.ErrorContains(t, err, "cannot be read")
	assert.NotContains(t, err.Error(), "12345")
}

func TestAgentOffersItsKeys(t *testing.T) {
	s, pl := startServer(t), startPlugin(t)
	connection := s.connection().with(props{"agentSocketPath": startAgent(t, s.userKey)})
	delete(connection, "privateKey")
	pl.create(remoteCommand, props{"connection": connection, "create": "true"})

	_, err := pl.tryCreate(remoteCommand, props{
		"connection": connection.with(props{"agentSocketPath": s.path("no-agent"), "dialErrorLimit": 0}), "create": "true",
	}, 0)
	assert.ErrorContains(t, err, "agentSocketPath")
}

func TestConnectionThroughProxy(t *testing.T) {
	jump, s, pl := startServer(t), startServer(t), startPlugin(t)
	created := pl.create(remoteCommand, props{
		"connection": s.connection().with(props{"proxy": jump.connection()}), "create": "echo behind",
	})
	assert.Equal(t, "behind", text(t, created.Properties, "stdout"))
	assert.Equal(t, 1, jump.logins())
	assert.Equal(t, 1, s.logins())
	assert.Eventually(t, func() bool { return jump.openConnections()+s.openConnections() == 0 }, atOnce, 20*time.Millisecond)

	_, err := pl.tryCreate(remoteCommand, props{
		"connection": s.connection().with(props{"proxy": jump.connection().with(props{"hostKey": s.hostKey.public})}), "create": "true",
	}, 0)
	assert.ErrorContains(t, err, "proxy: ")
	assert.ErrorContains(t, err, "not the pinned host")
}

func TestDeleteOnDeadHostEndsAndSaysWhatToDo(t *testing.T) {
	s, pl := startServer(t), startPlugin(t)
	inputs := props{"connection": s.connection().with(props{"dialErrorLimit": 1}), "create": "true", "delete": "true"}
	created := pl.create(remoteCommand, inputs)
	s.stop()
	began := time.Now()
	err := pl.delete(remoteCommand, created.Properties)
	assert.Less(t, time.Since(began), atOnce)
	require.ErrorContains(t, err, "delete: no SSH login at")
	assert.ErrorContains(t, err, "pulumi state delete")
	assert.ErrorContains(t, err, "deletedWith")
}

func TestFaultyConnectionNeverQuotesTheKey(t *testing.T) {
	pl, key := startPlugin(t), newKeyPair(t)
	for name, connection := range map[string]props{
		"unknown field": {"host": "127.0.0.1", "privatekey": key.private},
		"wrong type":    {"host": "127.0.0.1", "port": key.private},
	} {
		resp, err := pl.server.Check(p.CheckRequest{
			Urn: urnOf(remoteCommand), Inputs: props{"connection": connection, "create": "true"}.toMap(),
		})
		message := ""
		if err != nil {
			message = err.Error()
		}
		for _, failure := range resp.Failures {
			message += failure.Property + " " + failure.Reason
		}
		assert.NotEmpty(t, message, name)
		assert.NotContains(t, message, strings.Split(key.private, "\n")[2], name)
	}
}

func encrypt(t *testing.T, key keyPair, passphrase string) string {
	private, err := ssh.ParseRawPrivateKey([]byte(key.private))
	require.NoError(t, err)
	block, err := ssh.MarshalPrivateKeyWithPassphrase(private, "", []byte(passphrase))
	require.NoError(t, err)
	return pemText(block)
}

func startAgent(t *testing.T, key keyPair) string {
	private, err := ssh.ParseRawPrivateKey([]byte(key.private))
	require.NoError(t, err)
	keyring := agent.NewKeyring()
	require.NoError(t, keyring.Add(agent.AddedKey{PrivateKey: private}))
	path := t.TempDir() + "/agent"
	listener, err := net.Listen("unix", path)
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				_ = agent.ServeAgent(keyring, conn)
				conn.Close()
			}()
		}
	}()
	return path
}
