// Command pulumi-language-nodejs is the language host that the Pulumi engine starts for programs in TypeScript and JavaScript.
//
// The newest host that can be built from what the module proxy serves is 3.68.0, from before language hosts ran policy packs and
// were told a program's options with the call that runs it. So this program starts that one, hands every call on to it, gives a
// program's options to one that it starts for them, and answers the one call itself that runs a policy pack.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// maxMessage is the limit of the engine and its plugins on one message, in bytes; the libraries' default is 4 MiB.
const maxMessage = 400 << 20

func main() {
	if err := run(os.Args[1:]); err != nil {
		if !endedBySignal(err) {
			fmt.Fprintf(os.Stderr, "error: pulumi-language-nodejs: %v\n", err)
		}
		os.Exit(1)
	}
}

// endedBySignal tells that a host behind this one was ended from outside: by the engine, which needs it no more and ends a plugin's
// children before the plugin.
func endedBySignal(err error) bool {
	var exit *exec.ExitError
	return errors.As(err, &exit) && exit.ExitCode() == -1
}

// run serves until a host behind it ends, which they do when the engine does.
func run(args []string) error {
	path, err := hostBehind()
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	hosts := newHosts(func(flags []string) (grpc.ClientConnInterface, error) {
		return start(path, append(flags, args...), ended)
	})
	// The engine asks at once.
	if _, err := hosts.with(nil); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() { ended <- newServer(hosts).Serve(listener) }()
	// What the engine reads to know where its plugin listens.
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	return <-ended
}

// hostBehind is the other host, in libexec beside the folder of this program.
func hostBehind() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	return filepath.Join(filepath.Dir(self), "..", "libexec", filepath.Base(self)), nil
}

// start runs the other host and connects to it. How it ends is told to ended.
func start(path string, args []string, ended chan<- error) (grpc.ClientConnInterface, error) {
	host := exec.Command(path, args...)
	host.Stderr = os.Stderr
	// It stays in this process group, which the engine interrupts as a whole, and does not outlive this process.
	host.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	output, err := host.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := host.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", path, err)
	}
	lines := bufio.NewReader(output)
	port, err := lines.ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s named no port: %w", path, err), host.Wait())
	}
	go func() { _, _ = lines.WriteTo(os.Stdout) }()
	go func() { ended <- host.Wait() }()
	return grpc.NewClient("127.0.0.1:"+strings.TrimSpace(port), grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.MaxCallSendMsgSize(maxMessage)))
}
