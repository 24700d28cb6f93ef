package docker

import (
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"strings"

	"sitewright/lab/simulator/internal/guest"
)

// Spec is everything a container is created from.
type Spec struct {
	Name        string
	Hostname    string
	Network     string
	Address     string // empty: docker chooses one
	MemoryMiB   int64
	StopTimeout int
	Labels      map[string]string
	Environment []string // KEY=value, no newlines
	Arguments   []string // options of `docker create`
	Image       string
	Command     []string // empty: the image's own
}

// maxEnvironment is the kernel's limit for one environment string (MAX_ARG_STRLEN, 32 pages).
const maxEnvironment = 128 * 1024

// Create creates a container without starting it. The environment goes through standard
// input, because it holds the machine's keys and arguments are readable by everybody.
func Create(spec Spec) error {
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
	arguments = append(arguments, spec.Arguments...)
	arguments = append(arguments, spec.Image)
	arguments = append(arguments, spec.Command...)
	_, err := Run(strings.NewReader(strings.Join(spec.Environment, "\n")+"\n"), arguments...)
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

// Remove removes a container and its anonymous volumes, running or not. One that is not
// there is fine.
func Remove(name string) error {
	_, err := Run(nil, "rm", "--force", "--volumes", name)
	if IsMissing(err) {
		return nil
	}
	return err
}

// State is what a container is and where it stands in its network.
type State struct {
	Running bool
	Status  string
	guest.Card
}

// Inspect returns the state of a container, or nil when there is none of that name.
func Inspect(name string) (*State, error) {
	output, err := Run(nil, "container", "inspect", "--format", "{{json .State}}\n{{json .NetworkSettings.Networks}}", name)
	if IsMissing(err) {
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
	result := &State{Running: state.Running, Status: state.Status}
	for _, network := range networks {
		result.Address, result.Prefix = network.IPAddress, network.IPPrefixLen
		result.Gateway, result.MAC = network.Gateway, network.MacAddress
	}
	return result, nil
}

// List returns name -> state ("running", "exited" ...) of all containers with the labels.
func List(labels map[string]string) (map[string]string, error) {
	arguments := []string{"ps", "--all", "--no-trunc", "--format", "{{.Names}}\t{{.State}}"}
	for _, key := range sortedKeys(labels) {
		arguments = append(arguments, "--filter", "label="+key+"="+labels[key])
	}
	output, err := Run(nil, arguments...)
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
