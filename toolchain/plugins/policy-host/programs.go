package main

import (
	"context"
	"fmt"
	"strings"
	"sync"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// hosts are the processes behind this one, one for each set of flags that a program's options ask for.
type hosts struct {
	start   func(flags []string) (grpc.ClientConnInterface, error)
	mutex   sync.Mutex
	running map[string]grpc.ClientConnInterface
}

func newHosts(start func(flags []string) (grpc.ClientConnInterface, error)) *hosts {
	return &hosts{start: start, running: map[string]grpc.ClientConnInterface{}}
}

// with is the host that was started with these flags; it is started where there is none.
func (h *hosts) with(flags []string) (grpc.ClientConnInterface, error) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	key := strings.Join(flags, "\x00")
	if host, ok := h.running[key]; ok {
		return host, nil
	}
	host, err := h.start(flags)
	if err == nil {
		h.running[key] = host
	}
	return host, err
}

// options are those of `runtime` in a Pulumi.yaml that the host behind takes as flags of these names.
// https://www.pulumi.com/docs/iac/concepts/projects/project-file/#nodejs-options-attributes
var options = []string{"typescript", "nodeargs", "tsconfig"}

// flagsOf writes a project's options as flags of the host behind.
func flagsOf(info *pulumirpc.ProgramInfo) []string {
	var flags []string
	for _, name := range options {
		if value, ok := info.GetOptions().GetFields()[name]; ok {
			flags = append(flags, fmt.Sprintf("-%s=%v", name, value.AsInterface()))
		}
	}
	return flags
}

// runProgram hands the call on that runs a program, to a host that knows the options of its project.
func runProgram(ctx context.Context, request *pulumirpc.RunRequest, hosts *hosts) (*pulumirpc.RunResponse, error) {
	host, err := hosts.with(flagsOf(request.GetInfo()))
	if err != nil {
		return nil, status.Errorf(codes.Unavailable, "the program was not run: %v", err)
	}
	return pulumirpc.NewLanguageRuntimeClient(host).Run(onward(ctx), request)
}

// onward are a call's surroundings for the call that it is handed on by.
func onward(ctx context.Context) context.Context {
	received, _ := metadata.FromIncomingContext(ctx)
	return metadata.NewOutgoingContext(ctx, received.Copy())
}
