package server

import (
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
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
		directory := s.(*site).accounts
		registry.SessionManager().ValidLogin = func(request *types.Login) bool {
			return directory.Knows(request) && !directory.Expired(request.UserName)
		}
	})
}

// sites finds the site of a service, which is all that the registration of an endpoint is told.
var sites sync.Map

// dispatch is called by the simulator before each method. For the objects of the lab it places our
// own object in the caller's view, in front of the simulator's. The view lives for one call only.
func (s *site) dispatch(ctx *simulator.Context, method *simulator.Method) (mo.Reference, types.BaseMethodFault) {
	switch method.Name {
	case "LoginByToken", "LoginExtensionByCertificate", "ImpersonateUser":
		// The simulator accepts any token and any certificate here.
		return nil, &types.InvalidLogin{}
	case "Login":
		if request, ok := method.Body.(*types.Login); ok && s.accounts.Knows(request) && s.accounts.Expired(request.UserName) {
			return nil, &types.PasswordExpired{}
		}
	}
	if ctx.Session == nil {
		return nil, nil
	}
	switch method.This.Type {
	case "VirtualMachine":
		if view := s.machines.View(method.This); view != nil {
			ctx.Session.Registry = view
		}
	case "AuthorizationManager":
		ctx.Session.Registry = viewOf(s.authorization)
	case "Folder":
		if plain, ok := s.service.Context.Map.Get(method.This).(*simulator.Folder); ok {
			ctx.Session.Registry = viewOf(s.folders.Wrap(plain))
		}
	}
	return nil, nil
}

// viewOf makes a registry that holds one object only; everything else is found behind it.
func viewOf(object mo.Reference) *simulator.Registry {
	registry := simulator.NewRegistry()
	registry.Put(object)
	return registry
}
