// A stand-in for traefik/whoami 1.11.0, which the module proxy does not serve.
module sitewright/lab/stand-ins/whoami

go 1.26.0
