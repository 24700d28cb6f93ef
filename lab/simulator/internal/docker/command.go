// Package docker runs the docker command for the containers that stand in for virtual machines.
package docker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

// timeout bounds one docker command; creating and starting a container takes about a second
// on a busy machine.
const timeout = 2 * time.Minute

// commandError carries docker's own message without the command's arguments, which may hold what
// should not be in a log.
type commandError struct {
	verb    string
	message string
}

func (e *commandError) Error() string { return "docker " + e.verb + ": " + e.message }

// Run runs one docker command and returns its output without surrounding blanks.
func Run(stdin io.Reader, arguments ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	command := exec.CommandContext(ctx, "docker", arguments...)
	var stdout, stderr bytes.Buffer
	command.Stdin, command.Stdout, command.Stderr = stdin, &stdout, &stderr
	err := command.Run()
	if err == nil {
		return strings.TrimSpace(stdout.String()), nil
	}
	verb := strings.Join(arguments[:1], " ")
	switch message := strings.TrimSpace(stderr.String()); {
	case ctx.Err() != nil:
		return "", &commandError{verb, fmt.Sprintf("no answer within %s", timeout)}
	case errors.Is(err, exec.ErrNotFound):
		return "", &commandError{verb, "the docker command is not installed (Debian package docker.io)"}
	case message != "":
		return "", &commandError{verb, message}
	default:
		return "", &commandError{verb, err.Error()}
	}
}

// IsMissing tells whether docker said that the object does not exist.
func IsMissing(err error) bool {
	var failure *commandError
	return errors.As(err, &failure) && strings.Contains(strings.ToLower(failure.message), "no such")
}
