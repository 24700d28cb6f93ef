package builder

import (
	"slices"
	"sync"

	"sitewright/toolchain/internal/catalogue"
)

// queue hands out pieces: first the one on which most time hangs, its own and that of those that come after it, because the
// last piece is finished earliest then. A piece is not begun before those that it comes after are finished: the compiler's cache
// does not know what another build is compiling, and both would compile it.
type queue struct {
	mutex   sync.Mutex
	changed *sync.Cond
	cost    func(Planned) catalogue.Cost
	waiting []Planned       // in the order of the time that hangs on them
	open    map[string]bool // pieces that are waiting or being built
	stopped bool
}

func newQueue(pieces []Planned, cost func(Planned) catalogue.Cost) *queue {
	q := &queue{cost: cost, waiting: slices.Clone(pieces), open: map[string]bool{}}
	q.changed = sync.NewCond(&q.mutex)
	for _, piece := range pieces {
		q.open[piece.Name] = true
	}
	path := map[string]int{}
	for _, piece := range pieces {
		path[piece.Name] = q.longest(piece, pieces, nil)
	}
	slices.SortStableFunc(q.waiting, func(one, other Planned) int { return path[other.Name] - path[one.Name] })
	return q
}

// longest is the time from the beginning of a piece to the end of the last one that has to come after it.
func (q *queue) longest(piece Planned, pieces []Planned, seen []string) int {
	after := 0
	for _, other := range pieces {
		if slices.Contains(q.cost(other).After, piece.Name) && !slices.Contains(seen, other.Name) {
			after = max(after, q.longest(other, pieces, append(seen, piece.Name)))
		}
	}
	return q.cost(piece).Seconds + after
}

// next waits for a piece that can be begun; ok is false when there is none left.
func (q *queue) next() (piece Planned, ok bool) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	for len(q.waiting) > 0 && !q.stopped {
		if at := slices.IndexFunc(q.waiting, q.ready); at >= 0 {
			piece = q.waiting[at]
			q.waiting = slices.Delete(q.waiting, at, at+1)
			return piece, true
		}
		q.changed.Wait()
	}
	return Planned{}, false
}

func (q *queue) ready(piece Planned) bool {
	return !slices.ContainsFunc(q.cost(piece).After, func(name string) bool { return q.open[name] })
}

// finished lets those begin that come after the piece.
func (q *queue) finished(name string) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	delete(q.open, name)
	q.changed.Broadcast()
}

// stop lets nothing more begin.
func (q *queue) stop() {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.stopped = true
	q.changed.Broadcast()
}
