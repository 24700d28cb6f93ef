package local

import (
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi-go-provider/infer/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// ProcessInputs are the inputs shared by the resource and the function: how a process runs and which files it leaves.
type ProcessInputs struct {
	Stdin                  *string           `pulumi:"stdin,optional"`
	Logging                *Logging          `pulumi:"logging,optional"`
	Interpreter            []string          `pulumi:"interpreter,optional"`
	Dir                    *string           `pulumi:"dir,optional"`
	Environment            map[string]string `pulumi:"environment,optional"`
	AssetPaths             []string          `pulumi:"assetPaths,optional"`
	ArchivePaths           []string          `pulumi:"archivePaths,optional"`
	AddPreviousOutputInEnv *bool             `pulumi:"addPreviousOutputInEnv,optional"`
}

const globRules = " Rules apply in order; one that starts with `!` excludes; `*` stops at `/`, `**` does not; " +
	"only files count; results are relative to `dir`."

// Annotate implements infer.Annotated.
func (in *ProcessInputs) Annotate(a infer.Annotator) {
	a.Describe(&in.Stdin, "Text passed to the process as standard input. Never logged, never part of an error.")
	a.Describe(&in.Logging, "Which streams are logged while the command runs. Outputs are captured regardless. Default: both.")
	a.Describe(&in.Interpreter, "The program and its first arguments; the command follows as the last one. "+
		"Default: `[\"/bin/sh\", \"-c\"]`.")
	a.Describe(&in.Dir, "The working directory; it has to exist. Default: that of the Pulumi program.")
	a.Describe(&in.Environment, "Environment variables added to those of the plugin.")
	a.Describe(&in.AssetPaths, "Globs of files returned as `assets` after the command."+globRules)
	a.Describe(&in.ArchivePaths, "Globs of files returned as one `archive` after the command."+globRules)
	a.Describe(&in.AddPreviousOutputInEnv, "Whether the outputs of the previous create or update are in the environment as "+
		"PULUMI_COMMAND_STDOUT and PULUMI_COMMAND_STDERR. Default: true.")
}

// ProcessOutputs are what a process printed and the files it left.
type ProcessOutputs struct {
	Stdout  string                           `pulumi:"stdout"`
	Stderr  string                           `pulumi:"stderr"`
	Assets  map[string]*types.AssetOrArchive `pulumi:"assets,optional"`
	Archive *resource.Archive                `pulumi:"archive,optional"`
}

// Annotate implements infer.Annotated.
func (out *ProcessOutputs) Annotate(a infer.Annotator) {
	a.Describe(&out.Stdout, "Standard output of the command, without one trailing line break.")
	a.Describe(&out.Stderr, "Standard error of the command, without one trailing line break.")
	a.Describe(&out.Assets, "Files found by `assetPaths`, by their path relative to `dir`.")
	a.Describe(&out.Archive, "Files found by `archivePaths`.")
}
