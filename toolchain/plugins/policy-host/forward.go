package main

import (
	"context"
	"errors"
	"io"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto" // registers what is looked up below
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
)

// newServer answers the calls of programs.go and plugins.go and hands all others on, unread. A call that the other host does not
// know either is answered as unimplemented, and the engine falls back to what it knows.
func newServer(hosts *hosts) *grpc.Server {
	server := grpc.NewServer(
		grpc.ForceServerCodecV2(newCodec()),
		grpc.MaxRecvMsgSize(maxMessage),
		grpc.UnknownServiceHandler(func(_ any, call grpc.ServerStream) error { return forward(call, hosts) }),
	)
	server.RegisterService(&service, hosts)
	return server
}

// service is the part of a language host's service that is answered here.
var service = grpc.ServiceDesc{
	ServiceName: pulumirpc.LanguageRuntime_ServiceDesc.ServiceName,
	HandlerType: (*any)(nil),
	Methods: []grpc.MethodDesc{{
		MethodName: "Run",
		Handler: func(server any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			var request pulumirpc.RunRequest
			if err := decode(&request); err != nil {
				return nil, err
			}
			return runProgram(ctx, &request, server.(*hosts))
		},
	}},
	Streams: []grpc.StreamDesc{{
		StreamName:    "RunPlugin",
		ServerStreams: true,
		Handler: func(_ any, call grpc.ServerStream) error {
			var request pulumirpc.RunPluginRequest
			if err := call.RecvMsg(&request); err != nil {
				return err
			}
			return runPlugin(&request, call)
		},
	}},
}

// forward hands one call on. Every call of a language host has one request, and one answer or a stream of them.
func forward(call grpc.ServerStream, hosts *hosts) error {
	host, err := hosts.with(nil)
	if err != nil {
		return err
	}
	method, _ := grpc.MethodFromServerStream(call)
	handed, err := host.NewStream(onward(call.Context()),
		&grpc.StreamDesc{ServerStreams: true}, method, grpc.ForceCodecV2(newCodec()))
	if err != nil {
		return err
	}
	var request message
	if err := call.RecvMsg(&request); err != nil {
		return err
	}
	if err := errors.Join(handed.SendMsg(&request), handed.CloseSend()); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	for {
		var answer message
		if err := handed.RecvMsg(&answer); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return status.Convert(err).Err()
		}
		if err := call.SendMsg(&answer); err != nil {
			return err
		}
	}
}

// message is one that is handed on as it came.
type message struct{ bytes []byte }

// codec leaves a message as it is and reads and writes all else as the protocol says.
type codec struct{ encoding.CodecV2 }

func newCodec() codec { return codec{encoding.GetCodecV2("proto")} }

// Marshal implements encoding.CodecV2.
func (c codec) Marshal(value any) (mem.BufferSlice, error) {
	if unread, ok := value.(*message); ok {
		return mem.BufferSlice{mem.SliceBuffer(unread.bytes)}, nil
	}
	return c.CodecV2.Marshal(value)
}

// Unmarshal implements encoding.CodecV2.
func (c codec) Unmarshal(data mem.BufferSlice, value any) error {
	if unread, ok := value.(*message); ok {
		unread.bytes = data.Materialize()
		return nil
	}
	return c.CodecV2.Unmarshal(data, value)
}
