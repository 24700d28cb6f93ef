package local

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"
)

// Run is the function command:local:run. It runs on every preview and every update.
type Run struct{}

// Annotate implements infer.Annotated.
func (r *Run) Annotate(a infer.Annotator) {
	a.Describe(&r, "Runs a command on this machine unconditionally, on every preview and update.")
}

// RunInputs are the arguments of Run.
type RunInputs struct {
	ProcessInputs
	Command string `pulumi:"command"`
}

// Annotate implements infer.Annotated.
func (in *RunInputs) Annotate(a infer.Annotator) {
	a.Describe(&in.Command, "The command to run.")
}

// RunOutputs are the result of Run.
type RunOutputs struct {
	RunInputs
	ProcessOutputs
}

// Invoke runs the command.
func (*Run) Invoke(
	ctx context.Context, req infer.FunctionRequest[RunInputs],
) (infer.FunctionResponse[RunOutputs], error) {
	outputs, err := execute(ctx, "run", req.Input.Command, req.Input.ProcessInputs, ProcessOutputs{})
	return infer.FunctionResponse[RunOutputs]{Output: RunOutputs{RunInputs: req.Input, ProcessOutputs: outputs}}, err
}
