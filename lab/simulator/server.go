package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/simulator/vpx"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/types"

	// Each adds its own endpoint: storage, policies, single sign-on, lookup, REST.
	_ "github.com/vmware/govmomi/cns/simulator"
	_ "github.com/vmware/govmomi/lookup/simulator"
	_ "github.com/vmware/govmomi/pbm/simulator"
	_ "github.com/vmware/govmomi/ssoadmin/simulator"
	_ "github.com/vmware/govmomi/sts/simulator"
	_ "github.com/vmware/govmomi/vapi/simulator"
	_ "github.com/vmware/govmomi/vslm/simulator"
)

// The packages imported above register their endpoints first. The last one of them, single sign-on, replaces
// the check of logins by its own, which does not know the configured user; ours comes after it.
func init() {
	simulator.RegisterEndpoint(func(service *simulator.Service, registry *simulator.Registry) {
		s, _ := sites.Load(service)
		registry.SessionManager().ValidLogin = func(request *types.Login) bool {
			return s.(*site).knows(request) && !s.(*site).accounts[principal(request.UserName)].expired
		}
	})
}

// sites finds the site of a service, which is all that the registration of an endpoint is told.
var sites sync.Map

// server is a running vCenter.
type server struct {
	site *site
	http *simulator.Server
	lock *os.File
	stop context.CancelFunc
}

// start builds the inventory, recovers what the journal knows and opens the endpoint.
func start(config *Config) (*server, error) {
	certificate, err := tls.LoadX509KeyPair(config.Certificate, config.Key)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w; `vcenter certificates` makes one", err)
	}
	if config.hasContainers() {
		if _, err := docker(nil, "version", "--format", "{{.Server.Version}}"); err != nil {
			return nil, fmt.Errorf("docker does not answer, and virtual machines are containers here: %w", err)
		}
	}
	if err := checkAddress(config.Listen); err != nil {
		return nil, err
	}
	journal, err := openJournal(config.StateDirectory)
	if err != nil {
		return nil, fmt.Errorf("state directory: %w", err)
	}
	lock, err := lockDirectory(config.StateDirectory)
	if err != nil {
		return nil, err
	}
	site, err := newSite(config, journal)
	if err != nil {
		lock.Close()
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	go site.watch(ctx)
	return &server{site: site, http: site.listen(config, certificate), lock: lock, stop: stop}, nil
}

// newSite builds the inventory in memory.
func newSite(config *Config, journal *journal) (*site, error) {
	accounts, err := logins(config)
	if err != nil {
		return nil, err
	}
	simulator.DefaultUserGroup = users(config)
	context := simulator.NewContext()
	content := vpx.ServiceContent
	if config.Version != "" {
		content.About.Version, content.About.ApiVersion = config.Version, config.Version+".0"
	}
	service := simulator.New(simulator.NewServiceInstance(context, content, vpx.RootFolder))
	s := &site{
		config: config, service: service, journal: journal, accounts: accounts,
		machines: map[types.ManagedObjectReference]*machine{},
	}
	s.trouble.Store(&Trouble{})
	sites.Store(service, s)
	client, err := vim25.NewClient(context, service)
	if err != nil {
		return nil, err
	}
	if err := buildInventory(context, client, s.registry(), config); err != nil {
		return nil, fmt.Errorf("inventory: %w", err)
	}
	for _, entity := range s.registry().All("VirtualMachine") {
		template, _ := config.template(entity.Entity().Name)
		s.adopt(context, entity.Reference(), template)
	}
	// What clients make is numbered after everything that comes with the simulator, whose own identifiers have
	// gaps: the recovery below can then hand out a recorded number once more.
	if err := s.registry().AlignCounter(); err != nil {
		return nil, err
	}
	if err := s.recover(); err != nil {
		return nil, err
	}
	if s.access, err = newAuthorization(s); err != nil {
		return nil, err
	}
	s.registry().Handler = s.dispatch
	s.suffer(&config.Trouble)
	return s, nil
}

// listen opens the HTTPS endpoint.
func (s *site) listen(config *Config, certificate tls.Certificate) *simulator.Server {
	// A user other than the simulator's own makes it ask who may log in.
	s.service.Listen = &url.URL{Host: config.Listen, User: url.User(config.User)}
	s.service.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	s.service.RegisterEndpoints = true
	s.service.ServeMux = http.NewServeMux()
	// The simulator serves datastore files and files of guests to anybody, without a session.
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodPost} {
		s.service.ServeMux.HandleFunc(method+" /folder/", http.NotFound)
		s.service.ServeMux.HandleFunc(method+" /guestFile/", http.NotFound)
	}
	server := s.service.NewServer()
	server.Config.Handler = s.lossy(server.Config.Handler)
	return server
}

// close ends the endpoint. Virtual machines run on, and are found again at the next start.
func (s *server) close() {
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

// announce prints the one line that says that clients may come.
func (s *server) announce() {
	log.Printf("ready: https://%s/sdk, %d virtual machines", s.http.Listener.Addr(), len(s.site.allMachines()))
}
