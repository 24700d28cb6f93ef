// Package process runs the compilers.
package process

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Command is a program to run to its end.
type Command struct {
	Dir  string
	Env  []string // added to the builder's own
	Args []string
	Log  io.Writer // receives both outputs
	Out  io.Writer // where set, receives the standard output instead
}

// Run runs the command. When ctx is done the program and all it started are killed, and when the builder itself is
// killed the kernel kills the program; the caller has to stay on one operating system thread for that.
func Run(ctx context.Context, command Command) error {
	program := exec.CommandContext(ctx, command.Args[0], command.Args[1:]...)
	program.Dir = command.Dir
	program.Env = append(os.Environ(), command.Env...)
	program.Stdout, program.Stderr = command.Log, command.Log
	if command.Out != nil {
		program.Stdout = command.Out
	}
	program.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	program.Cancel = func() error { return syscall.Kill(-program.Process.Pid, syscall.SIGKILL) }
	program.WaitDelay = 5 * time.Second
	fmt.Fprintf(command.Log, "$ %s\n", strings.Join(command.Args, " "))
	if err := program.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%s: %w", strings.Join(command.Args[:min(2, len(command.Args))], " "), err)
	}
	return nil
}

// Output runs a short command and returns what it printed, without the spaces around it.
func Output(ctx context.Context, dir string, args ...string) (string, error) {
	program := exec.CommandContext(ctx, args[0], args[1:]...)
	program.Dir = dir
	printed, err := program.Output()
	if err != nil {
		if failed, ok := err.(*exec.ExitError); ok && len(failed.Stderr) > 0 {
			return "", fmt.Errorf("%s: %s", strings.Join(args, " "), strings.TrimSpace(string(failed.Stderr)))
		}
		return "", fmt.Errorf("%s: %w", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(printed)), nil
}
