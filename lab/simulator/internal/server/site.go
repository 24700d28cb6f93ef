package server

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/url"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/simulator/vpx"
	"github.com/vmware/govmomi/vim25"

	"sitewright/lab/simulator/internal/accounts"
	"sitewright/lab/simulator/internal/authorization"
	"sitewright/lab/simulator/internal/config"
	"sitewright/lab/simulator/internal/faults"
	"sitewright/lab/simulator/internal/folders"
	"sitewright/lab/simulator/internal/inventory"
	"sitewright/lab/simulator/internal/journal"
	"sitewright/lab/simulator/internal/machines"
	"sitewright/lab/simulator/internal/recovery"
)

// site is the inventory in memory, and what answers for its parts in place of the simulator.
type site struct {
	service       *simulator.Service
	accounts      *accounts.Directory
	authorization *authorization.Manager
	machines      *machines.Set
	folders       *folders.Set
	faults        *faults.Injector
}

// newSite builds the inventory in memory.
func newSite(settings *config.Config, records *journal.Journal) (*site, error) {
	directory, err := accounts.NewDirectory(settings.User, settings.Password, settings.Accounts)
	if err != nil {
		return nil, err
	}
	simulator.DefaultUserGroup = directory.Users()
	context := simulator.NewContext()
	content := vpx.ServiceContent
	if settings.Version != "" {
		content.About.Version, content.About.ApiVersion = settings.Version, settings.Version+".0"
	}
	service := simulator.New(simulator.NewServiceInstance(context, content, vpx.RootFolder))
	registry := service.Context.Map
	s := &site{
		service: service, accounts: directory, faults: faults.NewInjector(service),
		authorization: authorization.New(service, settings.User, directory, records),
	}
	s.machines = machines.NewSet(settings, service, records, s.authorization, s.faults)
	s.folders = folders.NewSet(service, records, s.authorization, s.machines)
	sites.Store(service, s)
	client, err := vim25.NewClient(context, service)
	if err != nil {
		return nil, err
	}
	if err := inventory.Build(context, client, registry, settings); err != nil {
		return nil, fmt.Errorf("inventory: %w", err)
	}
	for _, entity := range registry.All("VirtualMachine") {
		template, _ := settings.Template(entity.Entity().Name)
		s.machines.Adopt(context, entity.Reference(), template)
	}
	// What clients make is numbered after everything that comes with the simulator, whose own identifiers have
	// gaps: the recovery below can then hand out a recorded number once more.
	if err := registry.AlignCounter(); err != nil {
		return nil, err
	}
	recovered := recovery.Recovery{
		Registry: registry, Journal: records, Machines: s.machines, Folders: s.folders, NamePrefix: settings.Containers.NamePrefix,
	}
	if err := recovered.Run(); err != nil {
		return nil, err
	}
	if err := s.authorization.Recover(); err != nil {
		return nil, err
	}
	registry.Handler = s.dispatch
	s.faults.Inject(&settings.FaultInjection)
	return s, nil
}

// listen opens the HTTPS endpoint.
func (s *site) listen(settings *config.Config, certificate tls.Certificate) *simulator.Server {
	// A user other than the simulator's own makes it ask who may log in.
	s.service.Listen = &url.URL{Host: settings.Listen, User: url.User(settings.User)}
	s.service.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	s.service.RegisterEndpoints = true
	s.service.ServeMux = http.NewServeMux()
	// The simulator serves datastore files and files of guests to anybody, without a session.
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodPost} {
		s.service.ServeMux.HandleFunc(method+" /folder/", http.NotFound)
		s.service.ServeMux.HandleFunc(method+" /guestFile/", http.NotFound)
	}
	server := s.service.NewServer()
	server.Config.Handler = s.faults.BreakConnections(server.Config.Handler)
	return server
}
