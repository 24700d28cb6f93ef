package main

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
)

// behind stands for the other host, started with flags: it knows two calls, and nothing of the others.
type behind struct {
	pulumirpc.UnimplementedLanguageRuntimeServer
	flags []string
}

func (b behind) Run(ctx context.Context, request *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	received, _ := metadata.FromIncomingContext(ctx)
	told := append([]string{request.GetProgram()}, append(received.Get("trace"), b.flags...)...)
	return &pulumirpc.RunResponse{Error: strings.Join(told, " ")}, nil
}

func (behind) InstallDependencies(
	_ *pulumirpc.InstallDependenciesRequest, call grpc.ServerStreamingServer[pulumirpc.InstallDependenciesResponse],
) error {
	for _, text := range []string{"one", "two"} {
		if err := call.Send(&pulumirpc.InstallDependenciesResponse{Stdout: []byte(text)}); err != nil {
			return err
		}
	}
	return status.Error(codes.Aborted, "stopped")
}

// newClient talks to a host of ours that stands before another one.
func newClient(t *testing.T) pulumirpc.LanguageRuntimeClient {
	t.Helper()
	hosts := newHosts(func(flags []string) (grpc.ClientConnInterface, error) {
		other := grpc.NewServer()
		pulumirpc.RegisterLanguageRuntimeServer(other, behind{flags: flags})
		return connect(t, other), nil
	})
	return pulumirpc.NewLanguageRuntimeClient(connect(t, newServer(hosts)))
}

func connect(t *testing.T, server *grpc.Server) *grpc.ClientConn {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	connection, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return connection
}

func TestCallsAreHandedOn(t *testing.T) {
	ctx := metadata.AppendToOutgoingContext(t.Context(), "trace", "traced")
	answer, err := newClient(t).Run(ctx, &pulumirpc.RunRequest{Program: "program"})
	if err != nil {
		t.Fatal(err)
	}
	if got := answer.GetError(); got != "program traced" {
		t.Errorf("the other host answered %q", got)
	}
}

func TestAProgramRunsWithTheOptionsOfItsProject(t *testing.T) {
	project := func(options map[string]any) *pulumirpc.RunRequest {
		fields, err := structpb.NewStruct(options)
		if err != nil {
			t.Fatal(err)
		}
		return &pulumirpc.RunRequest{Program: "program", Info: &pulumirpc.ProgramInfo{Options: fields}}
	}
	client := newClient(t)
	for _, test := range []struct {
		options map[string]any
		want    string
	}{
		{map[string]any{"typescript": false, "nodeargs": "--require ./a.js"}, "program -typescript=false -nodeargs=--require ./a.js"},
		{map[string]any{"tsconfig": "b.json"}, "program -tsconfig=b.json"},
		{map[string]any{"packagemanager": "npm"}, "program"},
	} {
		answer, err := client.Run(t.Context(), project(test.options))
		if err != nil {
			t.Fatal(err)
		}
		if got := answer.GetError(); got != test.want {
			t.Errorf("%v: the host ran %q, want %q", test.options, got, test.want)
		}
	}
}

func TestAHostThatDoesNotStartIsTold(t *testing.T) {
	hosts := newHosts(func([]string) (grpc.ClientConnInterface, error) { return nil, errors.New("no such file") })
	client := pulumirpc.NewLanguageRuntimeClient(connect(t, newServer(hosts)))
	_, err := client.Run(t.Context(), &pulumirpc.RunRequest{Program: "program"})
	if status.Code(err) != codes.Unavailable || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("got %v", err)
	}
}

func TestAHostThatTheEngineEndsIsNoFault(t *testing.T) {
	for script, want := range map[string]bool{"kill -KILL $$": true, "exit 3": false} {
		ended := make(chan error, 1)
		// It says where it listens, as a host does; it gets no calls.
		if _, err := start("/bin/sh", []string{"-c", "echo 1; " + script}, ended); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; endedBySignal(err) != want {
			t.Errorf("%s: %v", script, err)
		}
	}
}

func TestStreamsAreHandedOnWithTheirEnd(t *testing.T) {
	stream, err := newClient(t).InstallDependencies(t.Context(), &pulumirpc.InstallDependenciesRequest{})
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for {
		answer, err := stream.Recv()
		if err != nil {
			if status.Code(err) != codes.Aborted {
				t.Errorf("the stream ended with %v", err)
			}
			break
		}
		texts = append(texts, string(answer.GetStdout()))
	}
	if got := strings.Join(texts, " "); got != "one two" {
		t.Errorf("the stream brought %q", got)
	}
}

func TestWhatTheOtherHostLacksIsUnimplemented(t *testing.T) {
	_, err := newClient(t).About(t.Context(), &pulumirpc.AboutRequest{})
	if status.Code(err) != codes.Unimplemented {
		t.Errorf("got %v", err)
	}
}

func TestEmptyMessagesAreHandedOn(t *testing.T) {
	// GetPluginInfo has an empty request, of which no byte is sent.
	_, err := newClient(t).GetPluginInfo(t.Context(), &emptypb.Empty{})
	if status.Code(err) != codes.Unimplemented {
		t.Errorf("got %v", err)
	}
}

// newPack is a policy pack below a folder with packages, whose runner is a script that tells how it was called.
func newPack(t *testing.T, script string) string {
	t.Helper()
	folder := t.TempDir()
	module := filepath.Join(folder, "node_modules", runner)
	pack := filepath.Join(folder, "pack")
	for _, path := range []string{module, pack} {
		if err := os.MkdirAll(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(module, "index.js"), []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	return pack
}

// ended is what a plugin printed and how it ended.
type ended struct {
	stdout, stderr string
	code           int32
}

func runPack(t *testing.T, request *pulumirpc.RunPluginRequest) (ended, error) {
	t.Helper()
	request.Env = append(request.Env, "PATH="+os.Getenv("PATH"))
	stream, err := newClient(t).RunPlugin(t.Context(), request)
	if err != nil {
		return ended{}, err
	}
	result := ended{code: -1}
	for {
		answer, err := stream.Recv()
		if err != nil {
			return result, err
		}
		result.stdout += string(answer.GetStdout())
		result.stderr += string(answer.GetStderr())
		if exit, ok := answer.GetOutput().(*pulumirpc.RunPluginResponse_Exitcode); ok {
			result.code = exit.Exitcode
			return result, nil
		}
	}
}

func TestAPolicyPackIsRun(t *testing.T) {
	pack := newPack(t, `
		console.log(JSON.stringify([process.argv.slice(2), process.cwd(), process.env.GREETING]));
		console.error("so long");
		process.exitCode = 7;`)
	got, err := runPack(t, &pulumirpc.RunPluginRequest{
		Kind: "analyzer",
		Args: []string{"127.0.0.1:1"},
		Env:  []string{"GREETING=hello"},
		Info: &pulumirpc.ProgramInfo{ProgramDirectory: pack},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := ended{`[["127.0.0.1:1","` + pack + `"],"` + pack + `","hello"]` + "\n", "so long\n", 7}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestAPackRunsWithTheArgumentsOfNodeThatItAsksFor(t *testing.T) {
	pack := newPack(t, `console.log(process.execArgv.join(" "));`)
	options, err := structpb.NewStruct(map[string]any{"nodeargs": "--no-warnings --stack-size=900"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := runPack(t, &pulumirpc.RunPluginRequest{
		Kind: "analyzer", Info: &pulumirpc.ProgramInfo{ProgramDirectory: pack, Options: options},
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := (ended{"--no-warnings --stack-size=900\n", "", 0}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestAPackWithoutPackagesIsRefused(t *testing.T) {
	_, err := runPack(t, &pulumirpc.RunPluginRequest{
		Kind: "analyzer", Info: &pulumirpc.ProgramInfo{ProgramDirectory: t.TempDir()},
	})
	if status.Code(err) != codes.FailedPrecondition || !strings.Contains(err.Error(), "npm install") {
		t.Errorf("got %v", err)
	}
}

func TestOtherPluginsAreUnimplemented(t *testing.T) {
	_, err := runPack(t, &pulumirpc.RunPluginRequest{Kind: "resource"})
	if status.Code(err) != codes.Unimplemented {
		t.Errorf("got %v", err)
	}
}

func TestAPackEndsWithItsCall(t *testing.T) {
	pack := newPack(t, `console.log(process.pid); setInterval(() => undefined, 1000);`)
	ctx, cancel := context.WithCancel(t.Context())
	stream, err := newClient(t).RunPlugin(ctx, &pulumirpc.RunPluginRequest{
		Kind: "analyzer", Env: []string{"PATH=" + os.Getenv("PATH")}, Info: &pulumirpc.ProgramInfo{ProgramDirectory: pack},
	})
	if err != nil {
		t.Fatal(err)
	}
	first, err := stream.Recv()
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	awaitEnd(t, strings.TrimSpace(string(first.GetStdout())))
}

func awaitEnd(t *testing.T, pid string) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		if _, err := os.Stat("/proc/" + pid); errors.Is(err, os.ErrNotExist) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("process %s still runs", pid)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
