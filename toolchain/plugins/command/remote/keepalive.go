package remote

import (
	"sync/atomic"
	"time"
)

const (
	keepAliveEvery = 10 * time.Second
	// maxMissed is how many keep-alives in a row may stay without an answer.
	maxMissed = 3
)

// watch is the supervision of one link.
type watch struct {
	done chan struct{}
	lost atomic.Bool
}

// stop ends the supervision.
func (w *watch) stop() { close(w.done) }

// happened tells whether the host stopped answering.
func (w *watch) happened() bool { return w.lost.Load() }

// keepAlive closes a link whose host stopped answering, so that a command without a deadline does not wait for ever for
// a machine that lost its power. TCP's own keep-alive does not reach through a proxy.
func keepAlive(l *link) *watch {
	w := &watch{done: make(chan struct{})}
	go func() {
		ticker := time.NewTicker(keepAliveEvery)
		defer ticker.Stop()
		var missed atomic.Int32
		for {
			select {
			case <-w.done:
				return
			case <-ticker.C:
			}
			if missed.Add(1) > maxMissed {
				w.lost.Store(true)
				l.Close()
				return
			}
			go func() {
				if _, _, err := l.client.SendRequest("keepalive@openssh.com", true, nil); err == nil {
					missed.Store(0)
				}
			}()
		}
	}()
	return w
}
