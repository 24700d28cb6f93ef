package builder

import (
	"os"
	"strings"
)

// tailLines is how many lines of a failed build are shown.
const tailLines = 25

// tail returns the last command of a log with its last lines, without the list of downloads, indented.
func tail(path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return "  (no log: " + err.Error() + ")"
	}
	var command string
	var lines []string
	for _, line := range strings.Split(strings.TrimRight(string(content), "\n"), "\n") {
		if strings.HasPrefix(line, "$ ") {
			command, lines = "  "+line, nil
		} else if !strings.HasPrefix(line, "go: downloading ") {
			lines = append(lines, "  "+line)
		}
	}
	return strings.Join(append([]string{command}, lines[max(0, len(lines)-tailLines):]...), "\n")
}
