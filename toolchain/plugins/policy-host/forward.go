package main

import (
	"errors"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto" // registers what is looked up below
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// newServer answers the calls of plugins.go and hands all others on, unread. A call that the other host does not know either is
// answered as unimplemented, and the engine falls back to what it knows.
func newServer(behind grpc.ClientConnInterface) *grpc.Server {
	server := grpc.NewServer(
		grpc.ForceServerCodecV2(newCodec()),
		grpc.MaxRecvMsgSize(maxMessage),
		grpc.UnknownServiceHandler(func(_ any, call grpc.ServerStream) error { return forward(call, behind) }),
	)
	server.RegisterService(&pluginService, nil)
	return server
}

// forward hands one call on. Every call of a language host has one request, and one answer or a stream of them.
func forward(call grpc.ServerStream, behind grpc.ClientConnInterface) error {
	method, _ := grpc.MethodFromServerStream(call)
	received, _ := metadata.FromIncomingContext(call.Context())
	onward, err := behind.NewStream(metadata.NewOutgoingContext(call.Context(), received.Copy()),
		&grpc.StreamDesc{ServerStreams: true}, method, grpc.ForceCodecV2(newCodec()))
	if err != nil {
		return err
	}
	var request message
	if err := call.RecvMsg(&request); err != nil {
		return err
	}
	if err := errors.Join(onward.SendMsg(&request), onward.CloseSend()); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	for {
		var answer message
		if err := onward.RecvMsg(&answer); errors.Is(err, io.EOF) {
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
