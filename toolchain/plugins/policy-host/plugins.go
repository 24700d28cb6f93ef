package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// runner is the program, part of every Pulumi package for Node.js, that loads a policy pack.
const runner = "@pulumi/pulumi/cmd/run-policy-pack"

// runPlugin runs a policy pack until it ends or the engine wants no more of it, and passes on what it prints.
func runPlugin(request *pulumirpc.RunPluginRequest, call grpc.ServerStream) error {
	if request.GetKind() != "analyzer" {
		return status.Errorf(codes.Unimplemented, "this language host runs policy packs, no plugins of kind %q", request.GetKind())
	}
	pack := request.GetInfo().GetProgramDirectory()
	module, found := moduleOf(pack, runner)
	if !found {
		return status.Errorf(codes.FailedPrecondition, "the policy pack %s has no node_modules/%s, in its folder or one above: "+
			"install its packages (npm install)", pack, runner)
	}
	// Arguments of Node.js itself, as a program's are: `nodeargs` of `runtime` in PulumiPolicy.yaml.
	ofNode := strings.Fields(request.GetInfo().GetOptions().GetFields()["nodeargs"].GetStringValue())
	out := &output{call: call}
	command := exec.CommandContext(call.Context(), "node", slices.Concat(ofNode, []string{module}, request.GetArgs(), []string{pack})...)
	command.Dir = pack
	command.Env = request.GetEnv()
	command.Stdout = out.writer(func(text []byte) *pulumirpc.RunPluginResponse {
		return &pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Stdout{Stdout: text}}
	})
	command.Stderr = out.writer(func(text []byte) *pulumirpc.RunPluginResponse {
		return &pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Stderr{Stderr: text}}
	})
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return status.Errorf(codes.Unavailable, "the policy pack %s was not run: %v", pack, err)
	}
	return out.send(&pulumirpc.RunPluginResponse{
		Output: &pulumirpc.RunPluginResponse_Exitcode{Exitcode: int32(command.ProcessState.ExitCode())},
	})
}

// moduleOf finds a package as Node.js does: in the folder's node_modules or in that of one above it.
func moduleOf(folder, name string) (string, bool) {
	for {
		path := filepath.Join(folder, "node_modules", name)
		if _, err := os.Stat(path); err == nil {
			return path, true
		}
		above := filepath.Dir(folder)
		if above == folder {
			return "", false
		}
		folder = above
	}
}

// output sends what a program prints. Its two streams write at the same time, which one call's stream does not allow.
type output struct {
	call  grpc.ServerStream
	mutex sync.Mutex
}

func (o *output) send(response *pulumirpc.RunPluginResponse) error {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.call.SendMsg(response)
}

func (o *output) writer(wrap func([]byte) *pulumirpc.RunPluginResponse) io.Writer {
	return writer(func(text []byte) error { return o.send(wrap(text)) })
}

type writer func([]byte) error

// Write implements io.Writer.
func (w writer) Write(text []byte) (int, error) {
	if err := w(text); err != nil {
		return 0, err
	}
	return len(text), nil
}
