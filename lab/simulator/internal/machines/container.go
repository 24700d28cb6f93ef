package machines

import (
	"errors"
	"fmt"

	"sitewright/lab/simulator/internal/docker"
	"sitewright/lab/simulator/internal/guest"
)

// container is behind the clones of a template with an image.
type container struct{ *Machine }

// start starts the container, which is created first when there is none. A container that was created here and does not
// start is removed, so that the next try is a fresh one.
func (c container) start() (guest.Card, error) {
	name := c.containerName()
	state, err := docker.Inspect(name)
	if err != nil {
		return guest.Card{}, err
	}
	if state != nil && state.Running {
		return state.Card, nil
	}
	created := state == nil || state.Status == "created"
	if created {
		if err := docker.Remove(name); err != nil {
			return guest.Card{}, err
		}
		spec, err := c.spec()
		if err != nil {
			return guest.Card{}, err
		}
		if err := docker.Create(spec); err != nil {
			return guest.Card{}, errors.Join(err, docker.Remove(name))
		}
	} else if _, err := docker.Run(nil, "update", "--memory", c.memory(), "--memory-swap", c.memory(), name); err != nil {
		return guest.Card{}, err
	}
	if _, err := docker.Run(nil, "start", name); err != nil {
		if created {
			return guest.Card{}, errors.Join(err, docker.Remove(name))
		}
		return guest.Card{}, err
	}
	state, err = docker.Inspect(name)
	if err == nil && (state == nil || !state.Running) {
		err = errors.New("the container ended as soon as it was started; see `docker logs " + name + "`")
	}
	if err != nil {
		return guest.Card{}, err
	}
	return state.Card, nil
}

func (c container) stop(seconds int) error {
	_, err := docker.Run(nil, "stop", "--time", fmt.Sprint(seconds), c.containerName())
	if docker.IsMissing(err) {
		return nil
	}
	return err
}

func (c container) rename(before string) error {
	_, err := docker.Run(nil, "rename", before, c.containerName())
	if docker.IsMissing(err) {
		return nil
	}
	return err
}

func (c container) remove() error { return docker.Remove(c.containerName()) }

func (c container) state() (present, running bool, err error) {
	state, err := docker.Inspect(c.containerName())
	return state != nil, state != nil && state.Running, err
}

func (c container) memory() string { return fmt.Sprintf("%dm", c.Config.Hardware.MemoryMB) }

// spec derives the container from the virtual machine. Processors are not limited: on a small machine a quota makes every
// boot slower and protects nothing.
func (c container) spec() (docker.Spec, error) {
	spec := docker.Spec{
		Name:        c.containerName(),
		Hostname:    c.Name,
		MemoryMiB:   int64(c.Config.Hardware.MemoryMB),
		StopTimeout: c.set.config.Containers.StopTimeoutSeconds,
		Labels:      map[string]string{"sitewright.lab.uuid": c.Config.Uuid},
		Environment: guest.Variables(c.Config.ExtraConfig),
		Arguments:   c.template.Arguments,
		Image:       c.template.Image,
		Command:     c.template.Command,
	}
	for key, value := range c.set.config.Containers.Labels {
		spec.Labels[key] = value
	}
	address, err := guest.StaticAddress(c.Config.ExtraConfig)
	if err != nil {
		return spec, err
	}
	if address.IsValid() {
		spec.Address = address.Addr().String()
	}
	group, _, err := c.networkCard()
	if err != nil {
		return spec, err
	}
	network, ok := c.set.config.DockerNetwork(group)
	if !ok {
		return spec, fmt.Errorf("port group %q has no docker network behind it in the lab's config", group)
	}
	spec.Network = network
	return spec, nil
}
