// Package progress tells what is being built: on a terminal a line that is kept up to date, elsewhere one plain line for
// each finished piece.
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

// Board shows the state of a run.
type Board struct {
	out      io.Writer
	terminal bool
	total    int

	mutex   sync.Mutex
	done    int
	running map[string]time.Time
	stop    chan struct{}
}

// New makes a board for total pieces.
func New(out *os.File, total int) *Board {
	board := &Board{out: out, terminal: isTerminal(out), total: total, running: map[string]time.Time{}, stop: make(chan struct{})}
	if board.terminal {
		go board.refresh()
	}
	return board
}

// Start tells that a piece is being built.
func (b *Board) Start(name string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.running[name] = time.Now()
	b.draw()
}

// Finish tells that a piece is built.
func (b *Board) Finish(name string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	elapsed := time.Since(b.running[name])
	delete(b.running, name)
	b.done++
	b.line(fmt.Sprintf("[%d of %d] %s built in %s", b.done, b.total, name, elapsed.Round(time.Second)))
	b.draw()
}

// Fail tells that a piece is not going to be built.
func (b *Board) Fail(name string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	delete(b.running, name)
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

func (b *Board) refresh() {
	ticker := time.NewTicker(time.Second)
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

func (b *Board) line(text string) {
	if b.terminal {
		text = "\r\x1b[K" + text
	}
	fmt.Fprintln(b.out, text)
}

func (b *Board) draw() {
	if !b.terminal || len(b.running) == 0 {
		return
	}
	names := make([]string, 0, len(b.running))
	for name, since := range b.running {
		names = append(names, fmt.Sprintf("%s %s", name, time.Since(since).Round(time.Second)))
	}
	slices.Sort(names)
	fmt.Fprintf(b.out, "\r\x1b[K[%d of %d] building %s", b.done+1, b.total, strings.Join(names, ", "))
}

func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}
