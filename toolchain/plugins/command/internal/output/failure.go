package output

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sitewright/toolchain/plugins/command/internal/redact"
)

const (
	tailLines = 20
	tailBytes = 4 << 10
)

// Failure words the error of a command that ran and failed.
//
// The rule for secrets: an error never quotes the command, its standard input, its environment, its connection or its
// standard output. It quotes the end of standard error, whatever `logging` says, because an operator has to learn why a
// step failed and because commands keep diagnostics, not data, there. The redactor then takes known secrets out of it.
// A command whose standard error is confidential has to redirect it itself (`2>/dev/null`).
func Failure(ctx context.Context, step, where, result, stderr string) error {
	var text strings.Builder
	fmt.Fprintf(&text, "%s: command %s failed: %s", step, where, result)
	// Redacted before it is cut, so that no cut hides a secret from recognition.
	lines, dropped := tail(redact.FromContext(ctx).Text(stderr))
	switch {
	case len(lines) == 0:
		text.WriteString("; it printed nothing to standard error")
	case dropped:
		text.WriteString("; the end of its standard error:")
	default:
		text.WriteString("; its standard error:")
	}
	for _, line := range lines {
		text.WriteString("\n  " + line)
	}
	text.WriteString("\nRemove the cause and run again: the command starts over.")
	return errors.New(text.String())
}

// Stopped words the error of an operation that ended because its context did. The doing says what was under way.
func Stopped(ctx context.Context, step, doing string, began time.Time) error {
	why := "cancelled"
	advice := "Run again: the command starts over."
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		why = "out of time (customTimeouts of the resource)"
		advice = "Allow more time or remove what holds it up, then run again: the command starts over."
	}
	return fmt.Errorf("%s: %s after %s while %s. %s", step, why, Elapsed(began), doing, advice)
}

// Elapsed returns the time since began, rounded for a reader.
func Elapsed(began time.Time) time.Duration {
	return time.Since(began).Round(100 * time.Millisecond)
}

// tail returns the last lines of text and whether earlier ones were left out.
func tail(text string) (lines []string, dropped bool) {
	text = strings.TrimRight(text, "\r\n \t")
	if text == "" {
		return nil, false
	}
	if len(text) > tailBytes {
		text = strings.ToValidUTF8(text[len(text)-tailBytes:], "")
		dropped = true
		if _, rest, found := strings.Cut(text, "\n"); found {
			text = rest
		}
	}
	lines = strings.Split(text, "\n")
	if len(lines) > tailLines {
		lines, dropped = lines[len(lines)-tailLines:], true
	}
	return lines, dropped
}
