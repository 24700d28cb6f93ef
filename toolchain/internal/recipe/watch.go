package recipe

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"

	"sitewright/toolchain/internal/progress"
)

// plan tells how much is to be compiled. It is asked of go list, which takes seconds, downloads the modules and knows what
// the compiler's cache has. What is wrong with the module is left to the build, which says it better: -e.
func (r Go) plan(ctx context.Context, job Job, module string) error {
	if job.Progress == nil {
		return nil
	}
	job.Progress.Doing("looking for what is to compile")
	var listed bytes.Buffer
	args := append(r.flags("list"), "-e", "-deps", "-f", stale)
	args = append(args, r.Generate...)
	for _, program := range r.Programs {
		args = append(args, program.Package)
	}
	err := r.run(ctx, job, module, &listed, args)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	job.Progress.Doing("")
	if err == nil {
		job.Progress.Plan(packages(listed.String()))
	}
	return nil
}

// stale prints the packages that go build would compile: a program that is up to date but not installed counts as stale, too.
const stale = `{{if and .Stale (ne .StaleReason "not installed but available in build cache")}}` +
	"{{.ImportPath}}\t{{.Dir}}\t" + `{{join .GoFiles "/"}}/{{join .SFiles "/"}}{{end}}`

// packages reads what the template stale has printed.
func packages(listed string) []progress.Package {
	var found []progress.Package
	for line := range strings.Lines(listed) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) != 3 {
			continue
		}
		one := progress.Package{Path: fields[0], Dir: fields[1]}
		for _, name := range strings.Split(fields[2], "/") {
			// A file that cannot be read is the compiler's to complain about.
			if info, err := os.Stat(filepath.Join(one.Dir, name)); err == nil && name != "" {
				one.Bytes += info.Size()
			}
		}
		found = append(found, one)
	}
	return found
}

// watcher is a log for the go command. It hears from the lines how far the command is, and keeps the names of packages, which
// -v makes it print, out of the log.
type watcher struct {
	log   io.Writer
	piece *progress.Piece
	rest  []byte // of a line that has not ended yet
}

func (w *watcher) Write(printed []byte) (int, error) {
	w.rest = append(w.rest, printed...)
	for {
		end := bytes.IndexByte(w.rest, '\n')
		if end < 0 {
			return len(printed), nil
		}
		line := string(w.rest[:end])
		w.rest = w.rest[end+1:]
		if w.piece.Compiled(line) {
			continue
		}
		if strings.HasPrefix(line, "go: downloading ") {
			w.piece.Doing("downloading modules")
		}
		if _, err := io.WriteString(w.log, line+"\n"); err != nil {
			return 0, err
		}
	}
}

// flush logs what was left without an end of line. A log that cannot be written does not fail a build that went well.
func (w *watcher) flush() {
	_, _ = w.log.Write(w.rest)
	w.rest = nil
}
