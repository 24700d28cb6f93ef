package progress

import (
	"fmt"
	"math"
	"time"
)

// Expected is what a piece was seen to take when it was built from nothing, on one machine that all pieces were measured on.
// Only the relation between pieces counts: the speed of this machine is seen while it builds.
type Expected struct {
	Name    string
	Seconds int
	Bytes   int64 // of Go sources that were compiled in that time
}

// known is the part of all work after which its speed is told: before, the estimate would be a guess.
const known = 0.02

// remaining is what is still to be done for a piece that is being built, in seconds of the machine that was measured.
func (p *Piece) remaining(expected Expected) float64 { return p.share(expected, p.left) }

// done is what a piece that is being built has done itself.
func (p *Piece) done(expected Expected) float64 { return p.share(expected, p.compiled) }

// share is the part of the expected time that some bytes of sources take. A piece of which much is in the compiler's cache
// has less to compile than was expected; one that is built before what it shares packages with has more, in the same time.
func (p *Piece) share(expected Expected, bytes int64) float64 {
	return float64(expected.Seconds) * float64(bytes) / float64(max(expected.Bytes, p.total, 1))
}

// remaining is the time that is left, by the speed seen so far; ok is false while too little was seen. The caller holds
// the mutex.
func (b *Board) remaining() (left time.Duration, ok bool) {
	var open float64
	done := b.work
	for name, expected := range b.expected {
		piece, running := b.running[name]
		switch {
		case b.over[name]:
		case running && piece.planned:
			open += piece.remaining(expected)
			done += piece.done(expected)
		default:
			open += float64(expected.Seconds)
		}
	}
	elapsed := b.now().Sub(b.measured)
	if b.measured.IsZero() || elapsed <= 0 || done <= 0 || done < known*(done+open) {
		return 0, false
	}
	return time.Duration(open / done * float64(elapsed)), true
}

// about says an estimate no more exactly than it is.
func about(left time.Duration) string {
	if left <= time.Minute {
		return "about a minute left"
	}
	return fmt.Sprintf("about %d min left", int(math.Ceil(left.Minutes())))
}
