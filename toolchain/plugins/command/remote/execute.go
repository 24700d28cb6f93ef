package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"golang.org/x/crypto/ssh"

	"sitewright/toolchain/plugins/command/internal/output"
)

const (
	// termGrace is how long a cancelled command may take to end after TERM, killGrace after KILL.
	termGrace = time.Second
	killGrace = 300 * time.Millisecond
)

// execute runs one command on the host to its end and returns what it printed. It opens one connection and closes it.
// The step goes into errors; previous are the outputs handed to the command through its environment.
func execute(
	ctx context.Context, step, command string, in CommandInputs, previous Printed,
) (Printed, error) {
	began := time.Now()
	l, err := in.Connection.connect(ctx, step)
	if err != nil {
		return Printed{}, err
	}
	defer l.Close()
	where := fmt.Sprintf("on %s@%s", l.client.User(), *in.Connection.Host)

	// Requests of the protocol block until the server answers. A context that ends asks the command to stop first (see
	// await); this here is the last resort that ends whatever still hangs.
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(termGrace+2*killGrace, l.Close)
	})
	defer stop()
	lost := keepAlive(l)
	defer lost.stop()

	session, err := l.client.NewSession()
	if err != nil {
		return Printed{}, fmt.Errorf("%s: the server opens no session %s: %w. Check MaxSessions and the shell of the user",
			step, where, err)
	}
	defer session.Close()
	if err := setEnvironment(ctx, session, step, where, in, previous); err != nil {
		return Printed{}, err
	}
	logStdout, logStderr := output.Streams(in.Logging)
	stdout, stderr := output.NewCapture(ctx, logStdout), output.NewCapture(ctx, logStderr)
	session.Stdout, session.Stderr = stdout, stderr
	if err := start(session, command, valueOr(in.Stdin, "")); err != nil {
		return Printed{}, fmt.Errorf("%s: the server does not start the command %s: %w. Check the shell of the user and "+
			"ForceCommand", step, where, err)
	}
	if err = await(ctx, session); ctx.Err() != nil {
		return Printed{}, output.Stopped(ctx, step, "a command ran "+where, began)
	}
	stdout.Flush()
	stderr.Flush()
	if err != nil {
		return Printed{}, output.Failure(ctx, step, where, result(err, lost), stderr.Text())
	}
	return Printed{Stdout: stdout.Value(), Stderr: stderr.Value()}, nil
}

// setEnvironment sends the variables of the command, and those with the previous outputs where the server takes them.
func setEnvironment(
	ctx context.Context, session *ssh.Session, step, where string, in CommandInputs, previous Printed,
) error {
	for name, value := range in.Environment {
		if err := session.Setenv(name, value); err != nil {
			return fmt.Errorf("%s: the server refuses the environment variable %s %s. Name it in AcceptEnv of the server's "+
				"sshd_config, or pass its value by `stdin`", step, name, where)
		}
	}
	if !valueOr(in.AddPreviousOutputInEnv, true) {
		return nil
	}
	for name, value := range map[string]string{
		output.PreviousStdout: previous.Stdout, output.PreviousStderr: previous.Stderr,
	} {
		if value == "" {
			continue
		}
		if err := session.Setenv(name, value); err != nil {
			p.GetLogger(ctx).Warningf("%s: the server does not take %s %s. Name it in AcceptEnv of its sshd_config, or set "+
				"addPreviousOutputInEnv to false", step, name, where)
		}
	}
	return nil
}

// start begins the command and feeds it its standard input. A command that ends without reading all of it has not
// failed, just as in a shell's pipe.
func start(session *ssh.Session, command, stdin string) error {
	if stdin == "" {
		return session.Start(command)
	}
	pipe, err := session.StdinPipe()
	if err != nil {
		return err
	}
	if err := session.Start(command); err != nil {
		return err
	}
	go func() {
		defer pipe.Close()
		_, _ = io.Copy(pipe, strings.NewReader(stdin))
	}()
	return nil
}

// await returns the result of the command. When ctx ends, it signals the command, TERM first and then KILL, and returns
// when the command ended or nothing more can be done; the caller then closes the connection.
func await(ctx context.Context, session *ssh.Session) error {
	ended := make(chan error, 1)
	go func() { ended <- session.Wait() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	for _, stage := range []struct {
		signal ssh.Signal
		grace  time.Duration
	}{{ssh.SIGTERM, termGrace}, {ssh.SIGKILL, killGrace}} {
		// In the background, because a dead peer may block the sending.
		go func() { _ = session.Signal(stage.signal) }()
		select {
		case err := <-ended:
			return err
		case <-time.After(stage.grace):
		}
	}
	return ctx.Err()
}

// result words how a command ended.
func result(err error, lost *watch) string {
	var exit *ssh.ExitError
	var missing *ssh.ExitMissingError
	switch {
	case errors.As(err, &exit) && exit.Signal() != "":
		return "killed by signal " + exit.Signal()
	case errors.As(err, &exit):
		return fmt.Sprintf("exit status %d", exit.ExitStatus())
	case lost.happened():
		return fmt.Sprintf("the host stopped answering (%d keep-alives, %s apart)", maxMissed, keepAliveEvery)
	case errors.As(err, &missing):
		return "the connection ended before its exit status came (host down, sshd stopped, or network lost)"
	default:
		return err.Error()
	}
}
