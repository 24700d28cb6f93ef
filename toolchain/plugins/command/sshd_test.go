package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"
)

const sshdPath = "/usr/sbin/sshd"

// keyPair is an SSH key in the formats that programs hand to the plugin.
type keyPair struct {
	private string // OpenSSH PEM
	public  string // authorized_keys line
}

func newKeyPair(t *testing.T) keyPair {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	block, err := ssh.MarshalPrivateKey(private, "")
	require.NoError(t, err)
	sshPublic, err := ssh.NewPublicKey(public)
	require.NoError(t, err)
	return keyPair{pemText(block), strings.TrimSpace(string(ssh.MarshalAuthorizedKey(sshPublic)))}
}

func pemText(block *pem.Block) string { return string(pem.EncodeToMemory(block)) }

// server is a real sshd on a loopback port, for the user who runs the tests.
type server struct {
	t       *testing.T
	dir     string
	port    int
	user    string
	hostKey keyPair
	userKey keyPair
	process *exec.Cmd
}

// prepareServer writes keys and configuration of a server that does not run yet; extra are lines of sshd_config.
func prepareServer(t *testing.T, extra ...string) *server {
	if _, err := os.Stat(sshdPath); err != nil {
		t.Fatalf("these tests need a real SSH server, and %s is missing: apt-get install openssh-server", sshdPath)
	}
	current, err := user.Current()
	require.NoError(t, err)
	if current.Uid == "0" {
		// The directory sshd separates its privileges in; the service unit makes it otherwise.
		require.NoError(t, os.MkdirAll("/run/sshd", 0o755))
	}
	s := &server{
		t: t, dir: t.TempDir(), port: freePort(t), user: current.Username,
		hostKey: newKeyPair(t), userKey: newKeyPair(t),
	}
	s.write("host_key", s.hostKey.private)
	s.write("authorized_keys", s.userKey.public+"\n")
	config := append([]string{
		fmt.Sprintf("Port %d", s.port),
		"ListenAddress 127.0.0.1",
		"HostKey " + s.path("host_key"),
		"AuthorizedKeysFile " + s.path("authorized_keys"),
		"PidFile none",
		"StrictModes no",
		"UsePAM no",
		"PermitRootLogin yes",
		"AcceptEnv ACCEPTED_* PULUMI_COMMAND_*",
		"Subsystem sftp internal-sftp",
		"LogLevel VERBOSE",
	}, extra...)
	s.write("sshd_config", strings.Join(config, "\n")+"\n")
	return s
}

// startServer returns a server that accepts connections. Its port was free a moment before: where another test has taken it
// since, it begins again on another one.
func startServer(t *testing.T, extra ...string) *server {
	for range 3 {
		s := prepareServer(t, extra...)
		s.start()
		if s.ready() {
			return s
		}
		t.Logf("sshd at %s does not start: %s", s.address(), s.log())
		s.stop()
	}
	t.Fatal("sshd starts on none of three ports")
	return nil
}

// ready waits until a probe is in the log, so that tests may count what comes after it.
func (s *server) ready() bool {
	probed := false
	for deadline := time.Now().Add(atOnce); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if !probed {
			conn, err := net.Dial("tcp", s.address())
			if probed = err == nil; probed {
				conn.Close()
			}
		}
		if strings.Contains(s.log(), "Connection closed by") {
			return true
		}
	}
	return false
}

func (s *server) start() {
	s.process = exec.Command(sshdPath, "-D", "-f", s.path("sshd_config"), "-E", s.path("log"))
	require.NoError(s.t, s.process.Start())
	s.t.Cleanup(s.stop)
}

func (s *server) stop() {
	if s.process != nil {
		_ = s.process.Process.Kill()
		_ = s.process.Wait()
		s.process = nil
	}
}

func (s *server) path(name string) string { return filepath.Join(s.dir, name) }
func (s *server) address() string         { return fmt.Sprintf("127.0.0.1:%d", s.port) }

func (s *server) write(name, content string) {
	require.NoError(s.t, os.WriteFile(s.path(name), []byte(content), 0o600))
}

// log returns what sshd logged so far.
func (s *server) log() string {
	content, _ := os.ReadFile(s.path("log"))
	return string(content)
}

// logins counts the successful logins so far.
func (s *server) logins() int { return strings.Count(s.log(), "Accepted publickey") }

// openConnections counts the established TCP connections at the server's side.
func (s *server) openConnections() int {
	table, err := os.ReadFile("/proc/net/tcp")
	require.NoError(s.t, err)
	const established = "01"
	count := 0
	for line := range strings.Lines(string(table)) {
		fields := strings.Fields(line)
		if len(fields) > 3 && strings.HasSuffix(fields[1], fmt.Sprintf(":%04X", s.port)) && fields[3] == established {
			count++
		}
	}
	return count
}

// connection is a complete and correct connection to the server.
func (s *server) connection() props {
	return props{
		"host": "127.0.0.1", "port": s.port, "user": s.user,
		"privateKey": s.userKey.private, "hostKey": s.hostKey.public,
	}
}

func freePort(t *testing.T) int {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// silentPort accepts connections and never says anything, like a machine that hangs.
func silentPort(t *testing.T) int {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	return listener.Addr().(*net.TCPAddr).Port
}
