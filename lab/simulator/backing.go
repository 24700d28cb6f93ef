package main

import (
	"errors"
	"fmt"

	"github.com/vmware/govmomi/vim25/types"
)

// backing is what runs as a virtual machine's guest. The caller holds the machine's lock.
type backing interface {
	// start makes the guest run and returns its network card.
	start() (guestCard, error)
	// stop ends the guest; it gets that many seconds before it is killed. One that is gone counts as stopped.
	stop(seconds int) error
	// rename follows the machine's new name.
	rename(before string) error
	// remove takes away what start has made. Nothing there is fine.
	remove() error
	// state tells whether there is anything to start again, and whether it runs.
	state() (present, running bool, err error)
}

// guestCard is how a guest stands in its network.
type guestCard struct {
	Address string
	Prefix  int32
	Gateway string
	MAC     string
}

// nothing is behind the clones of a template without an image. They hold no memory and start at once, so that many of them
// can stand in for the vCenter's side of a large site. They report the address that their metadata fixes.
type nothing struct{ *machine }

func (n nothing) start() (guestCard, error) {
	address, err := staticAddress(n.Config.ExtraConfig)
	if err != nil {
		return guestCard{}, err
	}
	if !address.IsValid() {
		return guestCard{}, errors.New("it has no image, and its guestinfo.metadata fixes no address that it could report")
	}
	_, card, err := n.networkCard()
	if err != nil {
		return guestCard{}, err
	}
	return guestCard{Address: address.Addr().String(), Prefix: int32(address.Bits()), MAC: card.MacAddress}, nil
}

func (n nothing) stop(int) error      { return nil }
func (n nothing) rename(string) error { return nil }
func (n nothing) remove() error       { return nil }

func (n nothing) state() (present, running bool, err error) {
	return true, n.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn, nil
}

// container is behind the clones of a template with an image.
type container struct{ *machine }

// start starts the container, which is created first when there is none. A container that was created here and does not
// start is removed, so that the next try is a fresh one.
func (c container) start() (guestCard, error) {
	name := c.containerName()
	state, err := inspectContainer(name)
	if err != nil {
		return guestCard{}, err
	}
	if state != nil && state.Running {
		return state.guestCard, nil
	}
	created := state == nil || state.Status == "created"
	if created {
		if err := removeContainer(name); err != nil {
			return guestCard{}, err
		}
		spec, err := c.spec()
		if err != nil {
			return guestCard{}, err
		}
		if err := createContainer(spec); err != nil {
			return guestCard{}, errors.Join(err, removeContainer(name))
		}
	} else if _, err := docker(nil, "update", "--memory", c.memory(), "--memory-swap", c.memory(), name); err != nil {
		return guestCard{}, err
	}
	if _, err := docker(nil, "start", name); err != nil {
		if created {
			return guestCard{}, errors.Join(err, removeContainer(name))
		}
		return guestCard{}, err
	}
	state, err = inspectContainer(name)
	if err == nil && (state == nil || !state.Running) {
		err = errors.New("the container ended as soon as it was started; see `docker logs " + name + "`")
	}
	if err != nil {
		return guestCard{}, err
	}
	return state.guestCard, nil
}

func (c container) stop(seconds int) error {
	_, err := docker(nil, "stop", "--time", fmt.Sprint(seconds), c.containerName())
	if isMissing(err) {
		return nil
	}
	return err
}

func (c container) rename(before string) error {
	_, err := docker(nil, "rename", before, c.containerName())
	if isMissing(err) {
		return nil
	}
	return err
}

func (c container) remove() error { return removeContainer(c.containerName()) }

func (c container) state() (present, running bool, err error) {
	state, err := inspectContainer(c.containerName())
	return state != nil, state != nil && state.Running, err
}

func (c container) memory() string { return fmt.Sprintf("%dm", c.Config.Hardware.MemoryMB) }

// spec derives the container from the virtual machine. Processors are not limited: on a small machine a quota makes every
// boot slower and protects nothing.
func (c container) spec() (containerSpec, error) {
	spec := containerSpec{
		Name:        c.containerName(),
		Hostname:    c.Name,
		MemoryMiB:   int64(c.Config.Hardware.MemoryMB),
		StopTimeout: c.site.config.Containers.StopTimeoutSeconds,
		Labels:      map[string]string{"sitewright.lab.uuid": c.Config.Uuid},
		Environment: guestVariables(c.Config.ExtraConfig),
		Template:    c.template,
	}
	for key, value := range c.site.config.Containers.Labels {
		spec.Labels[key] = value
	}
	address, err := staticAddress(c.Config.ExtraConfig)
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
	network, ok := c.site.config.dockerNetwork(group)
	if !ok {
		return spec, fmt.Errorf("port group %q has no docker network behind it in the lab's config", group)
	}
	spec.Network = network
	return spec, nil
}
