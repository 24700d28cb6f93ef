package machines

import (
	"errors"

	"github.com/vmware/govmomi/vim25/types"

	"sitewright/lab/simulator/internal/guest"
)

// backing is what runs as a virtual machine's guest. The caller holds the machine's lock.
type backing interface {
	// start makes the guest run and returns its network card.
	start() (guest.Card, error)
	// stop ends the guest; it gets that many seconds before it is killed. One that is gone counts as stopped.
	stop(seconds int) error
	// rename follows the machine's new name.
	rename(before string) error
	// remove takes away what start has made. Nothing there is fine.
	remove() error
	// state tells whether there is anything to start again, and whether it runs.
	state() (present, running bool, err error)
}

// nothing is behind the clones of a template without an image. They hold no memory and start at once, so that many of them
// can stand in for the vCenter's side of a large site. They report the address that their metadata fixes.
type nothing struct{ *Machine }

func (n nothing) start() (guest.Card, error) {
	address, err := guest.StaticAddress(n.Config.ExtraConfig)
	if err != nil {
		return guest.Card{}, err
	}
	if !address.IsValid() {
		return guest.Card{}, errors.New("it has no image, and its guestinfo.metadata fixes no address that it could report")
	}
	_, card, err := n.networkCard()
	if err != nil {
		return guest.Card{}, err
	}
	return guest.Card{Address: address.Addr().String(), Prefix: int32(address.Bits()), MAC: card.MacAddress}, nil
}

func (n nothing) stop(int) error      { return nil }
func (n nothing) rename(string) error { return nil }
func (n nothing) remove() error       { return nil }

func (n nothing) state() (present, running bool, err error) {
	return true, n.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn, nil
}
