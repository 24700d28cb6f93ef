package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRemoteCommandRunsWithStdin(t *testing.T) {
	s, pl := startServer(t), startPlugin(t)
	created := pl.create(remoteCommand, props{
		"connection": s.connection(), "stdin": "from stdin", "create": "cat; echo; echo a diagnostic >&2",
	})
	assert.Equal(t, "from stdin", text(t, created.Properties, "stdout"))
	assert.Equal(t, "a diagnostic", text(t, created.Properties, "stderr"))
	assert.NotEmpty(t, created.ID)
}

func TestRemoteCommandNeedNotReadItsStdin(t *testing.T) {
	s, pl := startServer(t), startPlugin(t)
	created := pl.create(remoteCommand, props{
		"connection": s.connection(), "stdin": strings.Repeat("0123456789abcdef", 1<<18), "create": "echo done",
	})
	assert.Equal(t, "done", text(t, created.Properties, "stdout"))
}

func TestRemoteConnectionIsSecret(t *testing.T) {
	s, pl := startServer(t), startPlugin(t)
	inputs := props{"connection": s.connection(), "create": "true"}
	assert.True(t, pl.check(remoteCommand, inputs).Get("connection").Secret())
	created := pl.create(remoteCommand, inputs)
	assert.True(t, created.Properties.Get("connection").Secret())
	assert.False(t, created.Properties.Get("stdout").Secret())
}

func TestRemoteSecretInputsStaySecret(t *testing.T) {
	s, pl := startServer(t), startPlugin(t)
	created := pl.create(remoteCommand, props{
		"connection": s.connection(), "create": "cat >/dev/null", "stdin": secret{"hidden"},
		"environment": props{"ACCEPTED_ONE": secret{"hidden too"}},
	})
	assert.True(t, created.Properties.Get("stdin").Secret())
	environment := created.Properties.Get("environment")
	assert.True(t, environment.Secret() || environment.AsMap().Get("ACCEPTED_ONE").Secret())
}

func TestRemoteEnvironmentAccepted(t *testing.T) {
	s, pl := startServer(t), startPlugin(t)
	created := pl.create(remoteCommand, props{
		"connection": s.connection(), "environment": props{"ACCEPTED_ONE": "it's one"}, "create": `printf %s "$ACCEPTED_ONE"`,
	})
	assert.Equal(t, "it's one", text(t, created.Properties, "stdout"))
}

func TestRemoteEnvironmentRefusedNamesAcceptEnv(t *testing.T) {
	s, pl := startServer(t), startPlugin(t)
	_, err := pl.tryCreate(remoteCommand, props{
		"connection": s.connection(), "environment": props{"OTHER": "the value"}, "create": "true",
	}, 0)
	require.ErrorContains(t, err, "OTHER")
	assert.ErrorContains(t, err, "AcceptEnv")
	assert.NotContains(t, err.Error(), "the value")
}

func TestRemoteFailureSaysWhyWithoutSecrets(t *testing.T) {
	s, pl := startServer(t), startPlugin(t)
	_, err := pl.tryCreate(remoteCommand, props{
		"connection":  s.connection().with(props{"password": "connection-password-1"}),
		"stdin":       `{"token": "abcdef.0123456789abcdef"}`,
		"environment": props{"ACCEPTED_ONE": secret{"environment value"}},
		"logging":     "none",
		"create": `read line; echo standard-output-text; echo "$line $ACCEPTED_ONE" >&2
			echo "disk abcdef.0123456789abcdef is full" >&2; : command-text; exit 3`,
	}, 0)
	require.Error(t, err)
	message := err.Error()
	for _, expected := range []string{"create", s.user + "@127.0.0.1", "exit status 3", "disk [secret] is full"} {
		assert.Contains(t, message, expected)
	}
	for _, hidden := range []string{
		"abcdef.0123456789abcdef", "environment value", "standard-output-text", "command-text", "connection-password-1",
		"PRIVATE KEY",
	} {
		assert.NotContains(t, message, hidden)
	}
}

func TestRemoteKilledCommandNamesTheSignal(t *testing.T) {
	s, pl := startServer(t), startPlugin(t)
	_, err := pl.tryCreate(remoteCommand, props{"connection": s.connection(), "create": "kill -9 $$"}, 0)
	assert.ErrorContains(t, err, "signal KILL")
}

func TestRemoteConnectionEndsWithTheCommand(t *testing.T) {
	s, pl := startServer(t), startPlugin(t)
	inputs := props{"connection": s.connection(), "create": "true", "delete": "true"}
	created := pl.create(remoteCommand, inputs)
	pl.update(remoteCommand, created.Properties, inputs.with(props{"create": "true # changed"}))
	require.NoError(t, pl.delete(remoteCommand, created.Properties))
	_, err := pl.tryCreate(remoteCommand, inputs.with(props{"create": "false"}), 0)
	require.Error(t, err)
	assert.Equal(t, 4, s.logins(), "one connection per command")
	assert.Eventually(t, func() bool { return s.openConnections() == 0 }, atOnce, 20*time.Millisecond,
		"no connection stays open")
}

func TestRemotePreviewConnectsToNothing(t *testing.T) {
	pl := startPlugin(t)
	inputs := pl.check(remoteCommand, props{"connection": props{"host": "127.0.0.1", "port": freePort(t)}, "create": "true"})
	resp, err := pl.server.Create(p.CreateRequest{Urn: urnOf(remoteCommand), Properties: inputs, DryRun: true})
	require.NoError(t, err)
	assert.True(t, resp.Properties.Get("stdout").IsComputed())
	assert.True(t, resp.Properties.Get("stderr").IsComputed())
}

func TestRemoteUpdateAndDeleteSeeThePreviousOutput(t *testing.T) {
	s, pl := startServer(t), startPlugin(t)
	record := filepath.Join(t.TempDir(), "record")
	inputs := props{
		"connection": s.connection(), "create": "echo one", "update": `echo "$PULUMI_COMMAND_STDOUT, two"`,
		"delete": `echo "$PULUMI_COMMAND_STDOUT, gone" > ` + record,
	}
	created := pl.create(remoteCommand, inputs)
	updated := pl.update(remoteCommand, created.Properties, inputs.with(props{"triggers": []string{"changed"}}))
	assert.Equal(t, "one, two", text(t, updated, "stdout"))
	require.NoError(t, pl.delete(remoteCommand, updated))
	content, err := os.ReadFile(record)
	require.NoError(t, err)
	assert.Equal(t, "one, two, gone\n", string(content))
}

func TestRemotePreviousOutputCanBeLeftOut(t *testing.T) {
	s, pl := startServer(t), startPlugin(t)
	inputs := props{
		"connection": s.connection(), "create": "echo one", "update": `echo "[$PULUMI_COMMAND_STDOUT]"`,
		"addPreviousOutputInEnv": false,
	}
	created := pl.create(remoteCommand, inputs)
	assert.Equal(t, "[]", text(t, pl.update(remoteCommand, created.Properties, inputs), "stdout"))
}

func TestRemoteCancelEndsSessionAndConnection(t *testing.T) {
	s, pl := startServer(t), startPlugin(t)
	pidFile := filepath.Join(t.TempDir(), "pid")
	done := make(chan error, 1)
	go func() {
		_, err := pl.tryCreate(remoteCommand, props{
			"connection": s.connection(),
			"create":     fmt.Sprintf("echo $$ > %s; while :; do echo tick; sleep 0.1; done", pidFile),
		}, 0)
		done <- err
	}()
	pid := waitForPid(t, pidFile)
	began := time.Now()
	require.NoError(t, pl.server.Cancel())
	err := <-done
	assert.Less(t, time.Since(began), atOnce)
	require.ErrorContains(t, err, "cancelled")
	assert.ErrorContains(t, err, "127.0.0.1")
	assert.Eventually(t, func() bool { return s.openConnections() == 0 }, atOnce, 20*time.Millisecond)
	// OpenSSH passes no signals on to commands of root, so here it is the closed output that ends the command.
	assert.Eventually(t, func() bool { return !running(pid) }, atOnce, 20*time.Millisecond)
}

func TestRemoteCancelSignalsTheCommand(t *testing.T) {
	for name, test := range map[string]struct {
		endsOn  string
		signals []string
	}{
		"that takes TERM":    {"TERM", []string{"TERM"}},
		"that ignores TERM":  {"KILL", []string{"TERM", "KILL"}},
		"that never answers": {"", []string{"TERM", "KILL"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, pl := startSignalRecorder(t, test.endsOn), startPlugin(t)
			done := make(chan error, 1)
			go func() {
				_, err := pl.tryCreate(remoteCommand, props{"connection": s.connection(), "create": "sleep 60"}, 0)
				done <- err
			}()
			<-s.started
			began := time.Now()
			require.NoError(t, pl.server.Cancel())
			require.ErrorContains(t, <-done, "cancelled")
			assert.Less(t, time.Since(began), atOnce)
			select {
			case <-s.closed:
			case <-time.After(atOnce):
				t.Error("the connection stays open")
			}
			assert.Equal(t, test.signals, s.received())
		})
	}
}

func TestRemoteTimeoutEndsTheCommand(t *testing.T) {
	s, pl := startServer(t), startPlugin(t)
	began := time.Now()
	_, err := pl.tryCreate(remoteCommand, props{"connection": s.connection(), "create": "sleep 60"}, 1)
	assert.Less(t, time.Since(began), atOnce)
	assert.ErrorContains(t, err, "customTimeouts")
}

func TestRemoteLostServerIsReported(t *testing.T) {
	s, pl := startServer(t), startPlugin(t)
	_, err := pl.tryCreate(remoteCommand, props{"connection": s.connection(), "create": "kill -9 $PPID; sleep 5"}, 0)
	assert.ErrorContains(t, err, "the connection ended before its exit status came")
}

func TestManyCommandsPassUnderMaxStartups(t *testing.T) {
	s, pl := startServer(t, "MaxStartups 2:100:3"), startPlugin(t)
	var group sync.WaitGroup
	failures := make(chan error, 24)
	for i := range 24 {
		group.Go(func() {
			resp, err := pl.server.Create(p.CreateRequest{
				Urn:        urnOf(remoteCommand),
				Properties: props{"connection": s.connection(), "create": "echo " + strconv.Itoa(i)}.toMap(),
			})
			if err == nil && resp.Properties.Get("stdout").AsString() != strconv.Itoa(i) {
				err = fmt.Errorf("wrong output of command %d", i)
			}
			if err != nil {
				failures <- err
			}
		})
	}
	group.Wait()
	close(failures)
	for err := range failures {
		t.Error(err)
	}
	assert.Equal(t, 24, s.logins())
}

func waitForPid(t *testing.T, path string) int {
	t.Helper()
	var pid int
	require.Eventually(t, func() bool {
		content, err := os.ReadFile(path)
		if err != nil {
			return false
		}
		pid, err = strconv.Atoi(strings.TrimSpace(string(content)))
		return err == nil
	}, 10*time.Second, 20*time.Millisecond, "the command does not start")
	return pid
}
