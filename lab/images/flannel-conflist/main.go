// Command flannel-conflist writes a node's CNI configuration from the subnet that flanneld was given, then waits to be ended.
//
//	flannel-conflist SUBNET_ENV CONFLIST
//
// Upstream leaves this to the CNI plugin "flannel", which delegates to "bridge" with the same values at every call. That
// plugin is not to be had as a Go module, and the subnet of a node does not change while the node lives. So it is written
// once per start: a second container of the flannel pod, with the node's /run/flannel and /etc/cni/net.d mounted.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: flannel-conflist SUBNET_ENV CONFLIST")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx, os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "flannel-conflist:", err)
		os.Exit(1)
	}
}

// run waits for flanneld's file, without a deadline of its own: the kubelet reports the node NotReady until then, and that is
// where somebody looks.
func run(ctx context.Context, subnetEnv, conflist string) error {
	for {
		text, err := os.ReadFile(subnetEnv)
		if err == nil {
			rendered, err := render(string(text))
			if err != nil {
				return fmt.Errorf("%s: %w", subnetEnv, err)
			}
			if err := replace(conflist, rendered); err != nil {
				return err
			}
			fmt.Println("wrote", conflist)
			<-ctx.Done()
			return nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// render turns flanneld's subnet.env into a CNI configuration list. It needs FLANNEL_SUBNET (the node's gateway address in its
// subnet, 10.244.1.1/24), FLANNEL_NETWORK (all pods) and FLANNEL_MTU (bytes, the tunnel's overhead taken off).
func render(subnetEnv string) ([]byte, error) {
	values := map[string]string{}
	for line := range strings.Lines(subnetEnv) {
		if name, value, found := strings.Cut(strings.TrimSpace(line), "="); found {
			values[name] = value
		}
	}
	gateway, err := netip.ParsePrefix(values["FLANNEL_SUBNET"])
	if err != nil {
		return nil, fmt.Errorf("FLANNEL_SUBNET: %w", err)
	}
	network, err := netip.ParsePrefix(values["FLANNEL_NETWORK"])
	if err != nil {
		return nil, fmt.Errorf("FLANNEL_NETWORK: %w", err)
	}
	mtu, err := strconv.Atoi(values["FLANNEL_MTU"])
	if err != nil {
		return nil, fmt.Errorf("FLANNEL_MTU: %w", err)
	}
	type object = map[string]any
	rendered, err := json.MarshalIndent(object{
		"cniVersion": "1.0.0",
		"name":       "flannel",
		"plugins": []object{
			{
				"type": "bridge", "bridge": "cni0", "mtu": mtu,
				"isGateway": true, "isDefaultGateway": true, "hairpinMode": true,
				// flanneld masquerades what leaves the pod network; the bridge must not do it a second time.
				"ipMasq": false,
				"ipam": object{
					"type":   "host-local",
					"ranges": [][]object{{{"subnet": gateway.Masked().String(), "gateway": gateway.Addr().String()}}},
					"routes": []object{{"dst": network.Masked().String()}},
				},
			},
			{"type": "portmap", "capabilities": object{"portMappings": true}},
		},
	}, "", "  ")
	return append(rendered, '\n'), err
}

// replace writes a file in one step, because the container runtime reads the folder at any time.
func replace(path string, content []byte) error {
	part, err := os.CreateTemp(filepath.Dir(path), ".part-*")
	if err != nil {
		return err
	}
	defer os.Remove(part.Name())
	_, err = part.Write(content)
	if err := errors.Join(err, part.Chmod(0o644), part.Close()); err != nil {
		return err
	}
	return os.Rename(part.Name(), path)
}
