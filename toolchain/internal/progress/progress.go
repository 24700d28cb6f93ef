// Package progress tells what is being built, how far it is and about how long it will take: on a terminal in a line that is
// kept up to date, elsewhere in a line for each beginning and end of a piece and one a minute.
package progress

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// How often the state is told.
const (
	onTerminal = time.Second
	elsewhere  = time.Minute
)

// Board shows the state of a run.
type Board struct {
	out      io.Writer
	terminal bool
	expected map[string]Expected
	now      func() time.Time

	mutex    sync.Mutex
	running  map[string]*Piece
	over     map[string]bool // pieces that are built, or will not be
	built    int
	work     float64   // done for pieces that are over, in seconds of the machine that was measured
	measured time.Time // since when the speed is seen; downloads before are not compilation
	stop     chan struct{}
}

// New makes a board for pieces that are to be built.
func New(out *os.File, pieces []Expected) *Board {
	board := newBoard(out, isTerminal(out), pieces)
	every := elsewhere
	if board.terminal {
		every = onTerminal
	}
	go board.refresh(every)
	return board
}

func newBoard(out io.Writer, terminal bool, pieces []Expected) *Board {
	board := &Board{
		out: out, terminal: terminal, now: time.Now, stop: make(chan struct{}),
		expected: map[string]Expected{}, running: map[string]*Piece{}, over: map[string]bool{},
	}
	for _, piece := range pieces {
		board.expected[piece.Name] = piece
	}
	return board
}

// Start tells that a piece is being built, and returns what hears how far it is.
func (b *Board) Start(name string) *Piece {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	piece := &Piece{
		board: b, name: name, started: b.now(), packages: map[string]*Package{}, ready: map[string]bool{},
	}
	b.running[name] = piece
	if b.terminal {
		b.draw()
	} else {
		b.line(b.built, name+" begun")
	}
	return piece
}

// Finish tells that a piece is there, and how it came: "built".
func (b *Board) Finish(name, how string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	piece := b.end(name)
	b.built++
	text := fmt.Sprintf("%s %s in %s", name, how, b.since(piece.started))
	if count := len(piece.packages); count > 0 {
		text += fmt.Sprintf(" (%d packages, %.1f MB of sources)", count, float64(piece.total)/1e6)
	}
	b.line(b.built, text)
	if b.terminal {
		b.draw()
	}
}

// Fail tells that a piece is not going to be built.
func (b *Board) Fail(name string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.end(name)
}

// Close ends the display.
func (b *Board) Close() {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	close(b.stop)
	if b.terminal {
		fmt.Fprint(b.out, "\r\x1b[K")
	}
}

// end counts the work of a piece that is over.
func (b *Board) end(name string) *Piece {
	piece, expected := b.running[name], b.expected[name]
	delete(b.running, name)
	b.over[name] = true
	if piece.planned {
		b.work += piece.done(expected)
	} else if !b.measured.IsZero() {
		b.work += float64(expected.Seconds)
	}
	return piece
}

func (b *Board) refresh(every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-b.stop:
			return
		case <-ticker.C:
			b.mutex.Lock()
			b.draw()
			b.mutex.Unlock()
		}
	}
}

// line tells what has happened.
func (b *Board) line(built int, text string) {
	start := ""
	if b.terminal {
		start = "\r\x1b[K"
	}
	fmt.Fprintf(b.out, "%s[%d of %d] %s\n", start, built, len(b.expected), text)
}

// draw tells the state. The time comes first, because a narrow terminal cuts what is last: it is told not to break the line,
// which could not be written over then.
func (b *Board) draw() {
	if len(b.running) == 0 {
		return
	}
	pieces := make([]*Piece, 0, len(b.running))
	for _, piece := range b.running {
		pieces = append(pieces, piece)
	}
	slices.SortFunc(pieces, func(one, other *Piece) int {
		if order := one.started.Compare(other.started); order != 0 {
			return order
		}
		return strings.Compare(one.name, other.name)
	})
	states := make([]string, 0, len(pieces))
	for _, piece := range pieces {
		states = append(states, b.state(piece))
	}
	text := fmt.Sprintf("[%d of %d", b.built, len(b.expected))
	if left, ok := b.remaining(); ok {
		text += ", " + about(left)
	}
	text += "] " + strings.Join(states, ", ")
	if b.terminal {
		fmt.Fprintf(b.out, "\r\x1b[K\x1b[?7l%s\x1b[?7h", text)
		return
	}
	fmt.Fprintln(b.out, text)
}

func (b *Board) state(piece *Piece) string {
	text := piece.name
	if count := len(piece.packages); count > 0 {
		text += fmt.Sprintf(" %d of %d packages", len(piece.ready), count)
		if len(piece.ready) == count && piece.doing == "" {
			text += " linking"
		}
	}
	if piece.doing != "" {
		text += " " + piece.doing
	}
	return text + " " + b.since(piece.started).String()
}

func (b *Board) since(start time.Time) time.Duration { return b.now().Sub(start).Round(time.Second) }

func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}
