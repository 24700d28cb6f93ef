package recipe

import (
	"context"
	"fmt"
	"path/filepath"

	"sitewright/toolchain/internal/inputs"
	"sitewright/toolchain/internal/process"
)

// ModuleFile takes one file out of a Go module that a module of ours imports, whose go.sum holds its checksum.
type ModuleFile struct {
	Folder string // of our module, relative to the checkout
	Module string // path of the module that has the file
	Path   string // of the file in it
	File   string // name of the result
}

// Inputs implements Recipe.
func (r ModuleFile) Inputs() []string { return []string{r.Folder} }

// Build implements Recipe. It works in a copy, because what go adds to a go.sum without a line would be no checksum of ours:
// -mod=readonly refuses that.
func (r ModuleFile) Build(ctx context.Context, job Job) error {
	module := filepath.Join(job.Work, "module")
	if err := copyTree(filepath.Join(job.Checkout, r.Folder), module, inputs.Skipped); err != nil {
		return err
	}
	log := &watcher{log: job.Log, piece: job.Progress}
	defer log.flush()
	// Loading the packages downloads the modules they are in, and compares each with go.sum.
	err := process.Run(ctx, process.Command{
		Dir: module, Env: []string{"GOWORK=off"}, Log: log, Args: []string{"go", "list", "-mod=readonly", "-deps", "./..."},
	})
	if err != nil {
		return err
	}
	folder, err := process.Output(ctx, module, "go", "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", r.Module)
	if err != nil {
		return err
	}
	if folder == "" {
		return fmt.Errorf("%s imports no package of %s, so that module was not downloaded", r.Folder, r.Module)
	}
	return copyFile(filepath.Join(folder, r.Path), filepath.Join(job.Out, r.File))
}
