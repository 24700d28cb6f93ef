package output

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"sitewright/toolchain/plugins/command/internal/redact"
)

func TestCaptureStreamsWholeLines(t *testing.T) {
	var lines []string
	c := &Capture{emit: func(line string) { lines = append(lines, line) }}
	for _, chunk := range []string{"one\ntw", "o\r\n", "three"} {
		_, _ = c.Write([]byte(chunk))
	}
	assert.Equal(t, []string{"one", "two"}, lines)
	c.Flush()
	c.Flush()
	assert.Equal(t, []string{"one", "two", "three"}, lines)
	assert.Equal(t, "one\ntwo\r\nthree", c.Text())
}

func TestCapturePassesOnEndlessLines(t *testing.T) {
	count := 0
	c := &Capture{emit: func(string) { count++ }}
	_, _ = c.Write([]byte(strings.Repeat("x", maxLine)))
	assert.Equal(t, 1, count)
}

func TestValueDropsOneLineBreak(t *testing.T) {
	c := NewCapture(context.Background(), false)
	_, _ = c.Write([]byte("text\n\n"))
	c.Flush()
	assert.Equal(t, "text\n", c.Value())
}

func TestFailureShowsTheEndOfStderr(t *testing.T) {
	var stderr strings.Builder
	for i := range 50 {
		fmt.Fprintf(&stderr, "line %d\n", i)
	}
	message := Failure(context.Background(), "create", "on node1", "exit status 1", stderr.String()).Error()
	assert.Contains(t, message, "create: command on node1 failed: exit status 1; the end of its standard error:\n  line 30\n")
	assert.Contains(t, message, "  line 49\n")
	assert.NotContains(t, message, "line 29")

	message = Failure(context.Background(), "create", "on node1", "exit status 1", " \n").Error()
	assert.Contains(t, message, "it printed nothing to standard error")
}

func TestFailureRedactsBeforeItCuts(t *testing.T) {
	token := "token-" + strings.Repeat("0123456789", 1000)
	ctx := redact.WithRedactor(context.Background(), redact.New(token))
	message := Failure(ctx, "create", "on node1", "exit status 1", "a\n"+token).Error()
	assert.NotContains(t, message, "0123456789")
	assert.Contains(t, message, "  a\n  [secret]\n")
}

func TestStreams(t *testing.T) {
	for value, expected := range map[string][2]bool{
		LogStdout: {true, false}, LogStderr: {false, true}, LogBoth: {true, true}, LogNone: {false, false},
	} {
		stdout, stderr := Streams(&value)
		assert.Equal(t, expected, [2]bool{stdout, stderr}, value)
	}
	stdout, stderr := Streams[string](nil)
	assert.True(t, stdout && stderr)
}
