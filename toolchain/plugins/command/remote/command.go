// Package remote holds the resources that run commands on, and copy files to, hosts over SSH.
package remote

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// The steps of a resource's life, as errors name them.
const (
	stepCreate = "create"
	stepUpdate = "update"
	stepDelete = "delete"
)

// Command is the resource command:remote:Command.
type Command struct{}

// Annotate implements infer.Annotated.
func (c *Command) Annotate(a infer.Annotator) {
	a.Describe(&c, "A command run on a remote host over SSH when the resource is created, updated or deleted. "+
		"It fails the step when its exit status is not 0. Each run has a connection of its own, closed after it. "+
		"A cancelled or timed out command gets TERM, then KILL, and its connection is closed.")
}

// CommandInputs are the inputs of Command.
type CommandInputs struct {
	Connection             *Connection       `pulumi:"connection" provider:"secret"`
	Triggers               *[]any            `pulumi:"triggers,optional" provider:"replaceOnChanges"`
	Create                 *string           `pulumi:"create,optional"`
	Update                 *string           `pulumi:"update,optional"`
	Delete                 *string           `pulumi:"delete,optional"`
	Stdin                  *string           `pulumi:"stdin,optional"`
	Logging                *Logging          `pulumi:"logging,optional"`
	Environment            map[string]string `pulumi:"environment,optional"`
	AddPreviousOutputInEnv *bool             `pulumi:"addPreviousOutputInEnv,optional"`
}

// Annotate implements infer.Annotated.
func (in *CommandInputs) Annotate(a infer.Annotator) {
	a.Describe(&in.Connection, "How to connect to the host. Always secret. A change runs the command again.")
	a.Describe(&in.Triggers, "Values of any type. A change updates the resource if `update` is given and replaces it if not.")
	a.Describe(&in.Create, "The command run on creation, and on update if `update` is not given.")
	a.Describe(&in.Update, "The command run on update.")
	a.Describe(&in.Delete, "The command run on deletion, through the connection in the state.")
	a.Describe(&in.Stdin, "Text passed to the command as standard input. Never logged, never part of an error.")
	a.Describe(&in.Logging, "Which streams are logged while the command runs. Outputs are captured regardless. Default: both.")
	a.Describe(&in.Environment, "Environment variables for the command. The server has to accept each by AcceptEnv.")
	a.Describe(&in.AddPreviousOutputInEnv, "Whether the outputs of the previous create or update are in the environment as "+
		"PULUMI_COMMAND_STDOUT and PULUMI_COMMAND_STDERR, if the server accepts them. Default: true.")
}

// CommandOutputs are the outputs of Command.
type CommandOutputs struct {
	CommandInputs
	Printed
}

// Printed is what a command printed.
type Printed struct {
	Stdout string `pulumi:"stdout"`
	Stderr string `pulumi:"stderr"`
}

// Annotate implements infer.Annotated.
func (out *Printed) Annotate(a infer.Annotator) {
	a.Describe(&out.Stdout, "Standard output of the command, without one trailing line break.")
	a.Describe(&out.Stderr, "Standard error of the command, without one trailing line break.")
}

// Create runs `create`, unless this is a preview.
func (*Command) Create(
	ctx context.Context, req infer.CreateRequest[CommandInputs],
) (infer.CreateResponse[CommandOutputs], error) {
	state := CommandOutputs{CommandInputs: req.Inputs}
	id, err := resource.NewUniqueHex(req.Name, 8, 0)
	if err == nil && !req.DryRun && req.Inputs.Create != nil {
		state.Printed, err = execute(ctx, stepCreate, *req.Inputs.Create, req.Inputs, Printed{})
	}
	return infer.CreateResponse[CommandOutputs]{ID: id, Output: state}, err
}

// Update runs `update`, or `create` if that is all there is. With neither, the outputs stay as they were.
func (*Command) Update(
	ctx context.Context, req infer.UpdateRequest[CommandInputs, CommandOutputs],
) (infer.UpdateResponse[CommandOutputs], error) {
	state := CommandOutputs{CommandInputs: req.Inputs, Printed: req.State.Printed}
	command := req.Inputs.Update
	if command == nil {
		command = req.Inputs.Create
	}
	var err error
	if command != nil && !req.DryRun {
		state.Printed, err = execute(ctx, stepUpdate, *command, req.Inputs, req.State.Printed)
	}
	return infer.UpdateResponse[CommandOutputs]{Output: state}, err
}

// Delete runs `delete`, if there is one.
func (*Command) Delete(ctx context.Context, req infer.DeleteRequest[CommandOutputs]) (infer.DeleteResponse, error) {
	if req.State.Delete == nil {
		return infer.DeleteResponse{}, nil
	}
	_, err := execute(ctx, stepDelete, *req.State.Delete, req.State.CommandInputs, req.State.Printed)
	return infer.DeleteResponse{}, err
}
