// Package local holds the resource and the function that run commands on the machine of the engine.
package local

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Command is the resource command:local:Command.
type Command struct{}

// Annotate implements infer.Annotated.
func (c *Command) Annotate(a infer.Annotator) {
	a.Describe(&c, "A command run on this machine when the resource is created, updated or deleted. "+
		"It fails the step when its exit status is not 0. A cancelled or timed out command gets TERM, then KILL.")
}

// CommandInputs are the inputs of Command.
type CommandInputs struct {
	Triggers *[]any  `pulumi:"triggers,optional" provider:"replaceOnChanges"`
	Create   *string `pulumi:"create,optional"`
	Update   *string `pulumi:"update,optional"`
	Delete   *string `pulumi:"delete,optional"`
	ProcessInputs
}

// Annotate implements infer.Annotated.
func (in *CommandInputs) Annotate(a infer.Annotator) {
	a.Describe(&in.Triggers, "Values of any type. A change updates the resource if `update` is given and replaces it if not.")
	a.Describe(&in.Create, "The command run on creation, and on update if `update` is not given.")
	a.Describe(&in.Update, "The command run on update.")
	a.Describe(&in.Delete, "The command run on deletion.")
}

// CommandOutputs are the outputs of Command.
type CommandOutputs struct {
	CommandInputs
	ProcessOutputs
}

// Create runs `create`, unless this is a preview.
func (*Command) Create(
	ctx context.Context, req infer.CreateRequest[CommandInputs],
) (infer.CreateResponse[CommandOutputs], error) {
	state := CommandOutputs{CommandInputs: req.Inputs}
	id, err := resource.NewUniqueHex(req.Name, 8, 0)
	if err == nil && !req.DryRun && req.Inputs.Create != nil {
		state.ProcessOutputs, err = execute(ctx, "create", *req.Inputs.Create, req.Inputs.ProcessInputs, ProcessOutputs{})
	}
	return infer.CreateResponse[CommandOutputs]{ID: id, Output: state}, err
}

// Update runs `update`, or `create` if that is all there is. With neither, the outputs stay as they were.
func (*Command) Update(
	ctx context.Context, req infer.UpdateRequest[CommandInputs, CommandOutputs],
) (infer.UpdateResponse[CommandOutputs], error) {
	state := CommandOutputs{CommandInputs: req.Inputs, ProcessOutputs: req.State.ProcessOutputs}
	command := req.Inputs.Update
	if command == nil {
		command = req.Inputs.Create
	}
	var err error
	if command != nil && !req.DryRun {
		state.ProcessOutputs, err = execute(ctx, "update", *command, req.Inputs.ProcessInputs, req.State.ProcessOutputs)
	}
	return infer.UpdateResponse[CommandOutputs]{Output: state}, err
}

// Delete runs `delete`, if there is one.
func (*Command) Delete(ctx context.Context, req infer.DeleteRequest[CommandOutputs]) (infer.DeleteResponse, error) {
	if req.State.Delete == nil {
		return infer.DeleteResponse{}, nil
	}
	_, err := execute(ctx, "delete", *req.State.Delete, req.State.ProcessInputs, req.State.ProcessOutputs)
	return infer.DeleteResponse{}, err
}
