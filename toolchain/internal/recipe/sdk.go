package recipe

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"

	"sitewright/toolchain/internal/inputs"
	"sitewright/toolchain/internal/process"
)

// SDK generates the TypeScript sources of a Pulumi package and compiles them to an npm package.
type SDK struct {
	Generator Go     // writes the sources into a folder of its module
	Sources   string // that folder
	Compiler  string // folder with the package.json and lockfile of what the compilation needs, relative to the checkout
}

// Inputs implements Recipe.
func (r SDK) Inputs() []string { return append(r.Generator.Inputs(), r.Compiler) }

// Build implements Recipe.
func (r SDK) Build(ctx context.Context, job Job) error {
	module, err := r.Generator.prepare(ctx, job)
	if err != nil {
		return err
	}
	compiler := filepath.Join(job.Work, "compiler")
	if err := copyTree(filepath.Join(job.Checkout, r.Compiler), compiler, inputs.Skipped); err != nil {
		return err
	}
	sources := filepath.Join(compiler, "sources") // below node_modules, where the compiler looks for types
	if err := os.Rename(filepath.Join(module, r.Sources), sources); err != nil {
		return err
	}
	job.Progress.Doing("npm packages and their compilation")
	for _, args := range [][]string{
		{"npm", "ci", "--no-progress", "--loglevel=error"},
		{"npx", "--no-install", "tsc", "--project", "sources", "--outDir", job.Out},
	} {
		if err := process.Run(ctx, process.Command{Dir: compiler, Args: args, Log: job.Log}); err != nil {
			return err
		}
	}
	return publishable(filepath.Join(sources, "package.json"), filepath.Join(job.Out, "package.json"))
}

// publishable copies a package.json without what only a build of the package needs.
func publishable(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(content, &fields); err != nil {
		return err
	}
	delete(fields, "devDependencies")
	delete(fields, "scripts")
	if content, err = json.MarshalIndent(fields, "", "  "); err != nil {
		return err
	}
	return os.WriteFile(to, append(content, '\n'), 0o644)
}
