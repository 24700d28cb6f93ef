// Package server is the running vCenter: it joins the simulator, the containers and the journal behind one endpoint.
package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"path/filepath"
	"syscall"

	"github.com/vmware/govmomi/simulator"

	"sitewright/lab/simulator/internal/config"
	"sitewright/lab/simulator/internal/docker"
	"sitewright/lab/simulator/internal/faults"
	"sitewright/lab/simulator/internal/journal"
)

// Server is a running vCenter.
type Server struct {
	site *site
	http *simulator.Server
	lock *os.File
	stop context.CancelFunc
}

// Start builds the inventory, recovers what the journal knows and opens the endpoint.
func Start(settings *config.Config) (*Server, error) {
	certificate, err := tls.LoadX509KeyPair(settings.Certificate, settings.Key)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w; `vcenter certificates` makes one", err)
	}
	if settings.HasContainers() {
		if _, err := docker.Run(nil, "version", "--format", "{{.Server.Version}}"); err != nil {
			return nil, fmt.Errorf("docker does not answer, and virtual machines are containers here: %w", err)
		}
	}
	if err := checkAddress(settings.Listen); err != nil {
		return nil, err
	}
	records, err := journal.Open(settings.StateDirectory)
	if err != nil {
		return nil, fmt.Errorf("state directory: %w", err)
	}
	lock, err := lockDirectory(settings.StateDirectory)
	if err != nil {
		return nil, err
	}
	site, err := newSite(settings, records)
	if err != nil {
		lock.Close()
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	go site.machines.Watch(ctx)
	return &Server{site: site, http: site.listen(settings, certificate), lock: lock, stop: stop}, nil
}

// Inject replaces the faults that are injected from now on.
func (s *Server) Inject(settings *faults.Settings) { s.site.faults.Inject(settings) }

// Announce prints the one line that says that clients may come.
func (s *Server) Announce() {
	log.Printf("ready: https://%s/sdk, %d virtual machines", s.http.Listener.Addr(), s.site.machines.Count())
}

// Close ends the endpoint. Virtual machines run on, and are found again at the next start.
func (s *Server) Close() {
	s.stop()
	_ = s.http.Listener.Close()
	s.lock.Close()
}

// checkAddress tells in time, and in words, when the port is taken.
func checkAddress(address string) error {
	listener, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s is in use by another process: stop it (another lab: `make down`), or change listen in the config", address)
	}
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	return listener.Close()
}

// lockDirectory keeps a second vCenter off the same journal.
func lockDirectory(directory string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(directory, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		return nil, fmt.Errorf("another vcenter process uses %s", directory)
	}
	return file, nil
}
