package remote

import (
	"context"
	"sync"
)

// maxLogins is how many logins to one host may be under way at once. sshd drops unauthenticated connections at random
// from the tenth on (MaxStartups 10:30:100), and others may log in too.
const maxLogins = 8

// loginGate limits simultaneous logins per address. Connections that are logged in do not count.
type loginGate struct {
	mu    sync.Mutex
	slots map[string]chan struct{}
}

// logins is one for the whole plugin, because the limit is the server's.
var logins = &loginGate{slots: map[string]chan struct{}{}}

// enter waits for a free slot at the address and returns the function that frees it.
func (g *loginGate) enter(ctx context.Context, address string) (release func(), err error) {
	g.mu.Lock()
	slots, found := g.slots[address]
	if !found {
		slots = make(chan struct{}, maxLogins)
		g.slots[address] = slots
	}
	g.mu.Unlock()
	select {
	case slots <- struct{}{}:
		return func() { <-slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
