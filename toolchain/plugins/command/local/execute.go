package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"sitewright/toolchain/plugins/command/internal/output"
)

const (
	// termGrace is how long a cancelled command may take to end after TERM.
	termGrace = time.Second
	// killGrace is how long to wait after KILL for its pipes to close; a process outside its group may hold them.
	killGrace = 500 * time.Millisecond
)

// execute runs one command to its end and returns its outputs. The step (create, update, delete, run) goes into errors;
// previous are the outputs handed to the command through its environment.
//
// The command leads a process group of its own. When ctx ends, the group gets TERM, after termGrace KILL.
func execute(
	ctx context.Context, step, command string, in ProcessInputs, previous ProcessOutputs,
) (ProcessOutputs, error) {
	began := time.Now()
	if ctx.Err() != nil {
		return ProcessOutputs{}, output.Stopped(ctx, step, "about to start a local command", began)
	}
	dir, err := workingDirectory(in.Dir)
	if err != nil {
		return ProcessOutputs{}, fmt.Errorf("%s: %w", step, err)
	}
	logStdout, logStderr := output.Streams(in.Logging)
	stdout, stderr := output.NewCapture(ctx, logStdout), output.NewCapture(ctx, logStderr)

	argv := append(interpreter(in.Interpreter), command)
	process := exec.Command(argv[0], argv[1:]...)
	process.Dir = dir
	process.Env = environment(in, previous)
	process.Stdout, process.Stderr = stdout, stderr
	process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if in.Stdin != nil && *in.Stdin != "" {
		process.Stdin = strings.NewReader(*in.Stdin)
	}
	if err := process.Start(); err != nil {
		return ProcessOutputs{}, fmt.Errorf("%s: cannot start the interpreter %q in %s: %w. "+
			"Install it, or correct `interpreter`", step, argv[0], dir, startCause(err))
	}
	ended := make(chan error, 1)
	go func() { ended <- process.Wait() }()

	select {
	case err = <-ended:
	case <-ctx.Done():
		terminateGroup(process.Process.Pid, ended)
		return ProcessOutputs{}, output.Stopped(ctx, step, "a local command ran in "+dir, began)
	}
	stdout.Flush()
	stderr.Flush()
	if err != nil {
		return ProcessOutputs{}, output.Failure(ctx, step, "in "+dir, err.Error(), stderr.Text())
	}

	outputs := ProcessOutputs{Stdout: stdout.Value(), Stderr: stderr.Value()}
	if outputs.Assets, outputs.Archive, err = collectFiles(dir, in.AssetPaths, in.ArchivePaths); err != nil {
		return ProcessOutputs{}, fmt.Errorf("%s: the command succeeded, but its files cannot be collected: %w", step, err)
	}
	return outputs, nil
}

// workingDirectory returns the directory to run in, checked: exec reports a missing one as if the interpreter lacked.
func workingDirectory(dir *string) (string, error) {
	if dir == nil {
		return os.Getwd()
	}
	info, err := os.Stat(*dir)
	if err != nil {
		return "", fmt.Errorf("cannot run in `dir`: %w. Create it, or correct `dir`", err)
	}
	if !info.IsDir() {
		return "", fmt.Errorf("cannot run in `dir`: %s is not a directory. Correct `dir`", *dir)
	}
	return *dir, nil
}

func interpreter(configured []string) []string {
	if len(configured) > 0 {
		return append([]string{}, configured...)
	}
	return []string{"/bin/sh", "-c"}
}

func environment(in ProcessInputs, previous ProcessOutputs) []string {
	env := os.Environ()
	for name, value := range in.Environment {
		env = append(env, name+"="+value)
	}
	if in.AddPreviousOutputInEnv == nil || *in.AddPreviousOutputInEnv {
		if previous.Stdout != "" {
			env = append(env, output.PreviousStdout+"="+previous.Stdout)
		}
		if previous.Stderr != "" {
			env = append(env, output.PreviousStderr+"="+previous.Stderr)
		}
	}
	return env
}

// startCause strips the path that exec repeats in its error.
func startCause(err error) error {
	var pathError *os.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}

// terminateGroup ends the process group led by pid and returns when the leader ended, or when nothing more can be done.
func terminateGroup(pid int, ended <-chan error) {
	for _, stage := range []struct {
		signal syscall.Signal
		grace  time.Duration
	}{{syscall.SIGTERM, termGrace}, {syscall.SIGKILL, killGrace}} {
		// An error means that the group is gone already.
		_ = syscall.Kill(-pid, stage.signal)
		select {
		case <-ended:
			return
		case <-time.After(stage.grace):
		}
	}
}
