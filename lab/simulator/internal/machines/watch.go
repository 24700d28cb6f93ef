package machines

import (
	"context"
	"log"
	"time"

	"github.com/vmware/govmomi/vim25/types"

	"sitewright/lab/simulator/internal/tasks"
)

// intervals of the background work
const (
	repeatInterval = time.Second     // the guests' reports of their addresses
	watchInterval  = 5 * time.Second // a look at the containers
)

// Watch keeps the inventory in step with the containers until the context ends: guests report their
// addresses again and again, and a machine whose container has stopped is powered off.
func (s *Set) Watch(ctx context.Context) {
	repeat, look := time.NewTicker(repeatInterval), time.NewTicker(watchInterval)
	defer repeat.Stop()
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-repeat.C:
			for _, m := range s.all() {
				m.repeatGuest(tasks.Context(s.service))
			}
		case <-look.C:
			s.look()
		}
	}
}

func (s *Set) look() {
	containers, err := s.Containers()
	if err != nil {
		log.Printf("containers cannot be listed: %s", err)
		return
	}
	for _, m := range s.all() {
		if containers[m.containerName()] == "running" {
			continue
		}
		ctx := tasks.Context(s.service)
		ctx.WithLock(m.Self, func() {
			if m.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
				return
			}
			// The list may be older than the power state; ask again now that nothing can change it.
			if _, running, err := m.backing.state(); err != nil || running {
				return
			}
			log.Printf("%s: its container is not running any more, powered off", m.Name)
			m.markOff(ctx)
			m.record(ctx)
		})
	}
}
