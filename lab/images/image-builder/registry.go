package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"go.yaml.in/yaml/v3"
)

// startDeadline is how long the registry may take until it answers.
const startDeadline = 30 * time.Second

// registry is a running registry on the loopback interface that writes to a folder.
type registry struct {
	address string
	command *exec.Cmd
	config  string
	log     bytes.Buffer
	ended   chan error
}

// startRegistry starts the registry's binary and waits until it answers. It ends with this process, however that ends.
func startRegistry(ctx context.Context, binary, folder string) (*registry, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	config, err := yaml.Marshal(map[string]any{
		"version": "0.1",
		"log":     map[string]any{"level": "error", "accesslog": map[string]any{"disabled": true}},
		"storage": map[string]any{"filesystem": map[string]any{"rootdirectory": folder}},
		"http":    map[string]any{"addr": address},
	})
	if err != nil {
		return nil, err
	}
	started := &registry{address: address, config: filepath.Clean(folder) + ".yaml", ended: make(chan error, 1)}
	if err := os.WriteFile(started.config, config, 0o600); err != nil {
		return nil, err
	}
	started.command = exec.Command(binary, "serve", started.config)
	started.command.Env = append(os.Environ(), "OTEL_TRACES_EXPORTER=none")
	started.command.Stdout, started.command.Stderr = &started.log, &started.log
	started.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := started.command.Start(); err != nil {
		return nil, errors.Join(err, os.Remove(started.config))
	}
	go func() { started.ended <- started.command.Wait() }()
	if err := started.wait(ctx); err != nil {
		started.stop()
		return nil, err
	}
	return started, nil
}

func (r *registry) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startDeadline)
	defer cancel()
	for {
		if response, err := http.Get("http://" + r.address + "/v2/"); err == nil {
			response.Body.Close()
			return nil
		}
		select {
		case err := <-r.ended:
			r.ended <- err
			return fmt.Errorf("the registry ended as soon as it was started: %w\n%s", err, &r.log)
		case <-ctx.Done():
			return fmt.Errorf("the registry does not answer on %s: %w", r.address, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// stop ends the registry and returns when it has ended: its folder is complete then.
func (r *registry) stop() {
	_ = r.command.Process.Signal(syscall.SIGTERM)
	select {
	case <-r.ended:
	case <-time.After(5 * time.Second):
		_ = r.command.Process.Kill()
		<-r.ended
	}
	_ = os.Remove(r.config)
}

// freeAddress returns an address of the loopback interface that was free a moment ago.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}
