package main

import (
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"
)

// signalRecorder is a stand-in for an SSH server of a user other than root: it starts a pretended command, notes the
// signals sent to it, and ends it on one of them. (The real server of these tests runs commands of root, to which
// OpenSSH passes no signals.)
type signalRecorder struct {
	port    int
	endsOn  string
	started chan struct{}
	closed  chan struct{}

	mu      sync.Mutex
	signals []string
}

func startSignalRecorder(t *testing.T, endsOn string) *signalRecorder {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	hostKey, err := ssh.ParsePrivateKey([]byte(newKeyPair(t).private))
	require.NoError(t, err)
	r := &signalRecorder{
		port: listener.Addr().(*net.TCPAddr).Port, endsOn: endsOn,
		started: make(chan struct{}), closed: make(chan struct{}),
	}
	go func() {
		defer close(r.closed)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		config := &ssh.ServerConfig{NoClientAuth: true}
		config.AddHostKey(hostKey)
		sshConn, channels, requests, err := ssh.NewServerConn(conn, config)
		if err != nil {
			return
		}
		go ssh.DiscardRequests(requests)
		for offered := range channels {
			channel, requests, err := offered.Accept()
			if err != nil {
				return
			}
			go r.serve(channel, requests)
		}
		_ = sshConn.Wait()
	}()
	return r
}

func (r *signalRecorder) serve(channel ssh.Channel, requests <-chan *ssh.Request) {
	for request := range requests {
		if request.WantReply {
			_ = request.Reply(true, nil)
		}
		switch request.Type {
		case "exec":
			close(r.started)
		case "signal":
			var message struct{ Name string }
			_ = ssh.Unmarshal(request.Payload, &message)
			r.mu.Lock()
			r.signals = append(r.signals, message.Name)
			r.mu.Unlock()
			if message.Name == r.endsOn {
				_, _ = channel.SendRequest("exit-signal", false, ssh.Marshal(struct {
					Name    string
					Dumped  bool
					Message string
					Lang    string
				}{Name: message.Name}))
				channel.Close()
			}
		}
	}
}

func (r *signalRecorder) received() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.signals)
}

func (r *signalRecorder) connection() props {
	return props{"host": "127.0.0.1", "port": r.port, "user": "operator"}
}
