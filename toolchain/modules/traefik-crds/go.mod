// The files of Traefik that are no program. Traefik itself comes as a wheel, in a version that the module proxy does not
// serve yet; its custom resource definitions are the same from 3.7.8 on.
module sitewright/toolchain/modules/traefik-crds

go 1.26.0

require github.com/traefik/traefik/v3 v3.7.13
