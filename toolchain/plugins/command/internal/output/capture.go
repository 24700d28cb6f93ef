// Package output captures what a command prints, streams it to the engine line by line, and words its failure.
package output

import (
	"bytes"
	"context"
	"strings"
	"sync"

	p "github.com/pulumi/pulumi-go-provider"

	"sitewright/toolchain/plugins/command/internal/redact"
)

// maxLine is the length in bytes at which an unfinished line is passed on, so that output without line breaks neither
// piles up nor exceeds the size of a gRPC message.
const maxLine = 16 << 10

// Capture collects one output stream of a command. It is safe for concurrent use, so a caller may give up on a command
// that still writes.
type Capture struct {
	mu      sync.Mutex
	all     bytes.Buffer
	pending []byte
	emit    func(line string)
}

// NewCapture makes a capture. If stream is true, each line also goes, redacted, to the engine as a status message of the
// resource until ctx ends.
func NewCapture(ctx context.Context, stream bool) *Capture {
	c := &Capture{}
	if stream {
		logger, redactor := p.GetLogger(ctx), redact.FromContext(ctx)
		c.emit = func(line string) {
			if ctx.Err() == nil {
				logger.InfoStatus(redactor.Text(line))
			}
		}
	}
	return c
}

// Write implements io.Writer; it never fails.
func (c *Capture) Write(data []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all.Write(data)
	if c.emit != nil {
		c.pending = append(c.pending, data...)
		for {
			end := bytes.IndexByte(c.pending, '\n')
			if end < 0 {
				break
			}
			c.emit(strings.TrimSuffix(string(c.pending[:end]), "\r"))
			c.pending = c.pending[end+1:]
		}
		if len(c.pending) >= maxLine {
			c.flush()
		}
	}
	return len(data), nil
}

// Flush passes on a last line that has no line break.
func (c *Capture) Flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flush()
}

func (c *Capture) flush() {
	if len(c.pending) > 0 {
		c.emit(string(c.pending))
		c.pending = nil
	}
}

// Text returns everything captured so far.
func (c *Capture) Text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.all.String()
}

// Value returns what the resource stores as its output: everything captured, without one trailing line break.
func (c *Capture) Value() string {
	return strings.TrimSuffix(c.Text(), "\n")
}
