package recipe

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sitewright/toolchain/internal/inputs"
	"sitewright/toolchain/internal/process"
)

// Go compiles programs of one module into static binaries.
type Go struct {
	Module   string            // folder of the module, relative to the checkout
	Generate []string          // packages of the module to run in its folder before compiling
	Programs []Program         // what to compile
	Tags     []string          // build tags
	Set      map[string]string // variables that the linker sets
	Patches  []Patch           // changes to a dependency
}

// Program is one main package and the name of its binary.
type Program struct{ Package, File string }

// Patch changes a dependency: a copy of its module without some files, with others of our module, and with changed lines.
type Patch struct {
	Module string
	Remove []string
	Write  map[string]string // file of the dependency -> file of our module
	Edit   map[string]Edit   `json:",omitempty"` // file of the dependency -> the one place of it that changes
}

// Edit is a text that a file has once, and what stands for it.
type Edit struct{ Before, After string }

// goEnv is what the go command is told beside its flags. The compiler collects its garbage less often, for some hundred MiB
// more; where one compilation comes near 2 GiB it collects as often as it likes.
var goEnv = []string{"CGO_ENABLED=0", "GOWORK=off", "GOGC=400", "GOMEMLIMIT=2GiB"}

// Inputs implements Recipe.
func (r Go) Inputs() []string { return []string{r.Module} }

// Build implements Recipe. It works in a copy of the module, so that nothing it generates is left in the checkout; the
// compiler's cache does not depend on the folder, because the programs are built with -trimpath.
func (r Go) Build(ctx context.Context, job Job) error {
	module, err := r.prepare(ctx, job)
	if err != nil {
		return err
	}
	if len(r.Programs) == 1 {
		return r.run(ctx, job, module, nil, append(r.flags("build"), "-v", "-o", filepath.Join(job.Out, r.Programs[0].File),
			r.Programs[0].Package))
	}
	// One call compiles all packages before it links, and names each binary by its package; the names are ours below.
	named := filepath.Join(job.Work, "named")
	if err := os.Mkdir(named, 0o755); err != nil {
		return err
	}
	args := append(r.flags("build"), "-v", "-o", named+string(filepath.Separator))
	for _, program := range r.Programs {
		args = append(args, program.Package)
	}
	if err := r.run(ctx, job, module, nil, args); err != nil {
		return err
	}
	for _, program := range r.Programs {
		if err := os.Rename(filepath.Join(named, binaryName(program.Package)), filepath.Join(job.Out, program.File)); err != nil {
			return err
		}
	}
	return nil
}

// prepare copies the module, applies the patches and runs the generators, and returns the folder of the copy.
func (r Go) prepare(ctx context.Context, job Job) (string, error) {
	module := filepath.Join(job.Work, "module")
	if err := copyTree(filepath.Join(job.Checkout, r.Module), module, inputs.Skipped); err != nil {
		return "", err
	}
	for _, patch := range r.Patches {
		if err := patch.apply(ctx, module); err != nil {
			return "", err
		}
	}
	if err := r.plan(ctx, job, module); err != nil {
		return "", err
	}
	for _, generator := range r.Generate {
		if err := r.run(ctx, job, module, nil, append(r.flags("run"), "-v", generator)); err != nil {
			return "", err
		}
	}
	return module, nil
}

// run runs the go command in the module. What it prints goes to the log, its standard output to out where that is set.
func (r Go) run(ctx context.Context, job Job, module string, out io.Writer, args []string) error {
	log := &watcher{log: job.Log, piece: job.Progress}
	defer log.flush()
	return process.Run(ctx, process.Command{Dir: module, Env: goEnv, Args: append([]string{"go"}, args...), Log: log, Out: out})
}

// flags are the arguments of go that build and run have in common. buildvcs is off because the copy is in no repository.
func (r Go) flags(verb string) []string {
	link := []string{"-s", "-w"}
	names := make([]string, 0, len(r.Set))
	for name := range r.Set {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		link = append(link, "-X", name+"="+r.Set[name])
	}
	// No tables for a debugger, which the linker would leave out; one thread a compilation, since there are as many of these as
	// processors. README.md has what each setting gains.
	flags := []string{verb, "-trimpath", "-buildvcs=false", "-gcflags=all=-dwarf=false -c=1", "-ldflags", strings.Join(link, " ")}
	if len(r.Tags) > 0 {
		flags = append(flags, "-tags", strings.Join(r.Tags, ","))
	}
	return flags
}

// binaryName is the name that go build gives the binary of a package: the last element that is not a version.
func binaryName(pkg string) string {
	elements := strings.Split(pkg, "/")
	last := elements[len(elements)-1]
	if len(elements) > 1 && len(last) > 1 && last[0] == 'v' && strings.Trim(last[1:], "0123456789") == "" {
		return elements[len(elements)-2]
	}
	return last
}

// apply makes the changed copy of the dependency and points the module to it, by a relative path: the program remembers it.
func (p Patch) apply(ctx context.Context, module string) error {
	if _, err := process.Output(ctx, module, "go", "mod", "download", p.Module); err != nil {
		return err
	}
	original, err := process.Output(ctx, module, "go", "list", "-m", "-f", "{{.Dir}}", p.Module)
	if err != nil {
		return err
	}
	relative := filepath.Join("..", "patched", p.Module)
	folder := filepath.Join(module, relative)
	if err := copyTree(original, folder, nothing); err != nil {
		return err
	}
	for _, name := range p.Remove {
		if err := os.Remove(filepath.Join(folder, name)); err != nil {
			return err
		}
	}
	for name, ours := range p.Write {
		if err := copyFile(filepath.Join(module, ours), filepath.Join(folder, name)); err != nil {
			return err
		}
	}
	for name, edit := range p.Edit {
		if err := edit.apply(filepath.Join(folder, name)); err != nil {
			return err
		}
	}
	_, err = process.Output(ctx, module, "go", "mod", "edit", "-replace", p.Module+"="+relative)
	return err
}

func (e Edit) apply(path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if found := strings.Count(string(content), e.Before); found != 1 {
		return fmt.Errorf("%s: %q is there %d times, and the patch is for one", path, e.Before, found)
	}
	return os.WriteFile(path, []byte(strings.Replace(string(content), e.Before, e.After, 1)), 0o644)
}
