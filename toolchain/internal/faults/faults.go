// Package faults explains why a build failed where the reason is the machine's and not the sources'.
package faults

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"syscall"

	"sitewright/toolchain/internal/disk"
	"sitewright/toolchain/internal/process"
)

// Needs is what a build that goes on asks of the machine.
type Needs struct {
	Store   string // folder of the results
	DiskMiB int    // at most this much will still be written
}

var (
	// noSpace is how the compilers, npm and pip say it.
	noSpace = regexp.MustCompile(`(?i)no space left on device|disk quota exceeded|\b(ENOSPC|EDQUOT)\b`)
	// readOnly likewise.
	readOnly = regexp.MustCompile(`(?i)(/[^:\n]*): (?:read-only file system|permission denied)`)
	// noNetwork likewise: a name that is not resolved, a server that is not reached or a proxy that does not let through.
	noNetwork = regexp.MustCompile(`(?i)no such host|server misbehaving|name resolution|connection (refused|reset)|` +
		`network is unreachable|no route to host|i/o timeout|(connect|handshake|read|awaiting headers).{0,20}(timeout|timed out)|` +
		`disabled by GOPROXY|proxyconnect|certificate signed by unknown|failed to establish a new connection|` +
		`reading https?://\S+: (403|407|5\d\d)|\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH)\b`)
	// command is how a log names a command that it holds the output of.
	command = regexp.MustCompile(`(?m)^\$ (\S+)`)
	// broken is a path that could not be written, as Go's programs name it.
	broken = regexp.MustCompile(`(?i)(/[^:\n]*): (?:no space left|disk quota)`)
)

// Explain says what to do about a failure; with nothing to say it is empty. log is what the build printed, of which what the
// last command said counts.
func Explain(ctx context.Context, err error, log string, needs Needs) string {
	program, text := "go", log
	if commands := command.FindAllStringSubmatchIndex(log, -1); len(commands) > 0 {
		last := commands[len(commands)-1]
		program, text = log[last[2]:last[3]], log[last[0]:]
	}
	text += "\n" + fmt.Sprint(err)
	switch {
	case IsFullDisk(err), noSpace.MatchString(text):
		return fullDisk(ctx, text, needs)
	case readOnly.MatchString(text):
		return notWritable(ctx, readOnly.FindStringSubmatch(text)[1], needs)
	case noNetwork.MatchString(text):
		return network(ctx, program)
	}
	return ""
}

// IsFullDisk tells whether the builder's own writing failed for want of space.
func IsFullDisk(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// fullDisk names the file system. What was written for a moment is gone by now, so it can have space again: the path in the
// text decides, and without one the file system with the least space.
func fullDisk(ctx context.Context, text string, needs Needs) string {
	rest := fmt.Sprintf("What is still to be built needs at most %s. Make space, or move the folder, and run it again: it goes "+
		"on, finished pieces and what Go has compiled stay.", disk.Size(needs.DiskMiB))
	folders, err := disk.Folders(ctx, needs.Store)
	if err != nil {
		return "A disk is full. " + rest
	}
	systems, err := disk.FileSystems(folders)
	if err != nil {
		return "A disk is full. " + rest
	}
	full := systems[0]
	for _, system := range systems {
		if system.Free < full.Free {
			full = system
		}
	}
	for _, system := range systems {
		for _, folder := range system.Folders {
			if names(text, folder) {
				full = system
			}
		}
	}
	var listed []string
	for _, folder := range full.Folders {
		listed = append(listed, fmt.Sprintf("  %s  %s (moved by %s)", folder.Path, folder.Holds, folder.Variable))
	}
	return fmt.Sprintf("The file system at %s was full: %s of %s are free now, after what was half done is removed. On it are:\n%s\n%s",
		full.Mounted, disk.Size(full.Free), disk.Size(full.Capacity), strings.Join(listed, "\n"), rest)
}

// notWritable names the variable that moves the folder of a path; for a path elsewhere it says nothing.
func notWritable(ctx context.Context, path string, needs Needs) string {
	folders, err := disk.Folders(ctx, needs.Store)
	if err != nil {
		return ""
	}
	for _, folder := range folders {
		if strings.HasPrefix(path, folder.Path+"/") {
			return fmt.Sprintf("%s cannot be written, and %s has to go there. Make it writable, or set %s to a folder that is, "+
				"and run it again: finished pieces stay.", folder.Path, folder.Holds, folder.Variable)
		}
	}
	return ""
}

// names tells whether the path that could not be written is in the folder; the go command calls its own $WORK.
func names(text string, folder disk.Folder) bool {
	found := broken.FindStringSubmatch(text)
	if strings.HasSuffix(folder.Variable, "TMPDIR") && strings.Contains(text, "$WORK/") {
		return true
	}
	return found != nil && strings.HasPrefix(found[1], folder.Path+"/")
}

// network says what has to be in reach for the program that failed.
func network(ctx context.Context, program string) string {
	var what string
	switch program {
	case "npm", "npx":
		what = "npm packages could not be downloaded: npm's registry has to be in reach (npm config get registry; " +
			"NPM_CONFIG_REGISTRY sets it)"
	case "python3":
		what = "a Python wheel could not be downloaded: pip's index has to be in reach (python3 -m pip config list; " +
			"PIP_INDEX_URL sets it)"
	default:
		what = fmt.Sprintf("Go modules could not be downloaded: a module proxy has to be in reach; Go asks GOPROXY=%s (go env -w "+
			"GOPROXY=... sets it)", proxies(ctx))
	}
	return "It needs the network: " + what + ". Where a web proxy stands between, HTTPS_PROXY and NO_PROXY count. Run it " +
		"again then: it goes on, and what was downloaded stays."
}

// proxies is Go's list without the passwords that the addresses may hold.
func proxies(ctx context.Context) string {
	list, err := process.Output(ctx, "", "go", "env", "GOPROXY")
	if err != nil {
		return ""
	}
	addresses := regexp.MustCompile(`[^,|]+`)
	return addresses.ReplaceAllStringFunc(list, func(address string) string {
		parsed, err := url.Parse(address)
		if err != nil {
			return "(an address that cannot be read)"
		}
		return parsed.Redacted()
	})
}
