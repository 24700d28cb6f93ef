package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sort"
	"strings"
	"time"
)

// dockerTimeout bounds one docker command; creating and starting a container takes about a second
// on a busy machine.
const dockerTimeout = 2 * time.Minute

// dockerError carries docker's own message without the command's arguments, which may hold what
// should not be in a log.
type dockerError struct {
	verb    string
	message string
}

func (e *dockerError) Error() string { return "docker " + e.verb + ": " + e.message }

// docker runs one docker command and returns its output without surrounding blanks.
func docker(stdin io.Reader, arguments ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), dockerTimeout)
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
		return "", &dockerError{verb, fmt.Sprintf("no answer within %s", dockerTimeout)}
	case errors.Is(err, exec.ErrNotFound):
		return "", &dockerError{verb, "the docker command is not installed (Debian package docker.io)"}
	case message != "":
		return "", &dockerError{verb, message}
	default:
		return "", &dockerError{verb, err.Error()}
	}
}

// isMissing tells whether docker said that the object does not exist.
func isMissing(err error) bool {
	var failure *dockerError
	return errors.As(err, &failure) && strings.Contains(strings.ToLower(failure.message), "no such")
}

// containerSpec is everything a container is created from.
type containerSpec struct {
	Name        string
	Hostname    string
	Network     string
	Address     string // empty: docker chooses one
	MemoryMiB   int64
	StopTimeout int
	Labels      map[string]string
	Environment []string // KEY=value, no newlines
	Template    Template
}

// maxEnvironment is the kernel's limit for one environment string (MAX_ARG_STRLEN, 32 pages).
const maxEnvironment = 128 * 1024

// createContainer creates a container without starting it. The environment goes through standard
// input, because it holds the machine's keys and arguments are readable by everybody.
func createContainer(spec containerSpec) error {
	for _, variable := range spec.Environment {
		name, value, _ := strings.Cut(variable, "=")
		if len(variable) >= maxEnvironment {
			return fmt.Errorf("%s is %d bytes long, the limit of the container stand-in is %d: compress it (encoding gzip+base64)", name, len(value), maxEnvironment)
		}
		if strings.ContainsAny(value, "\n\r") {
			return fmt.Errorf("%s holds line breaks, which the container stand-in cannot pass on: encode it (base64 or gzip+base64)", name)
		}
	}
	memory := fmt.Sprintf("%dm", spec.MemoryMiB)
	arguments := []string{"create", "--pull", "never", "--name", spec.Name, "--hostname", spec.Hostname,
		"--network", spec.Network, "--memory", memory, "--memory-swap", memory,
		"--stop-timeout", fmt.Sprint(spec.StopTimeout), "--env-file", "/dev/stdin"}
	if spec.Address != "" {
		arguments = append(arguments, "--ip", spec.Address)
	}
	for _, key := range sortedKeys(spec.Labels) {
		arguments = append(arguments, "--label", key+"="+spec.Labels[key])
	}
	arguments = append(arguments, spec.Template.Arguments...)
	arguments = append(arguments, spec.Template.Image)
	arguments = append(arguments, spec.Template.Command...)
	_, err := docker(strings.NewReader(strings.Join(spec.Environment, "\n")+"\n"), arguments...)
	return err
}

func sortedKeys(values map[string]string) []string {
	keys := make([]string, 0, len(values))
	for key := range values {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

// removeContainer removes a container and its anonymous volumes, running or not. One that is not
// there is fine.
func removeContainer(name string) error {
	_, err := docker(nil, "rm", "--force", "--volumes", name)
	if isMissing(err) {
		return nil
	}
	return err
}

// containerState is what a container is and where it stands in its network.
type containerState struct {
	Running bool
	Status  string
	guestCard
}

// inspectContainer returns the state of a container, or nil when there is none of that name.
func inspectContainer(name string) (*containerState, error) {
	output, err := docker(nil, "container", "inspect", "--format", "{{json .State}}\n{{json .NetworkSettings.Networks}}", name)
	if isMissing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	first, second, _ := strings.Cut(output, "\n")
	var state struct {
		Status  string
		Running bool
	}
	var networks map[string]struct {
		IPAddress   string
		IPPrefixLen int32
		Gateway     string
		MacAddress  string
	}
	if err := errors.Join(json.Unmarshal([]byte(first), &state), json.Unmarshal([]byte(second), &networks)); err != nil {
		return nil, fmt.Errorf("docker inspect %s: %w", name, err)
	}
	result := &containerState{Running: state.Running, Status: state.Status}
	for _, network := range networks {
		result.Address, result.Prefix = network.IPAddress, network.IPPrefixLen
		result.Gateway, result.MAC = network.Gateway, network.MacAddress
	}
	return result, nil
}

// listContainers returns name -> state ("running", "exited" ...) of all containers with the labels.
func listContainers(labels map[string]string) (map[string]string, error) {
	arguments := []string{"ps", "--all", "--no-trunc", "--format", "{{.Names}}\t{{.State}}"}
	for _, key := range sortedKeys(labels) {
		arguments = append(arguments, "--filter", "label="+key+"="+labels[key])
	}
	output, err := docker(nil, arguments...)
	if err != nil {
		return nil, err
	}
	containers := map[string]string{}
	for _, line := range strings.Fields(strings.ReplaceAll(output, "\t", "=")) {
		name, state, _ := strings.Cut(line, "=")
		containers[name] = state
	}
	return containers, nil
}
