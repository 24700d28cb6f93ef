// Package catalogue lists what the toolchain consists of. To change a version, change it here and in the go.mod that the
// piece names; go.mod is what decides, the constants are what the programs report and what their folders are called.
package catalogue

// Versions of the programs.
const (
	pulumiVersion       = "3.256.0"
	languageHostVersion = "3.68.0"
	kubernetesVersion   = "1.36.3"
	cniVersion          = "1.9.1"
	registryVersion     = "3.0.0"
	flannelVersion      = "0.26.7"
	kubeRouterVersion   = "2.2.1"
	traefikVersion      = "3.7.15"
	localPathVersion    = "0.0.30"

	cloudProviderVersion = "1.36.0"
	vsphereCSIVersion    = "3.7.0"
	// What that release of the driver names.
	snapshotsVersion = "8.2.0"
)

// Versions of the resource plugins: each is what the npm package of the same name asks for.
const (
	commandPlugin    = "1.2.1"
	kubernetesPlugin = "4.25.0"
	randomPlugin     = "4.21.2"
	tlsPlugin        = "5.6.1"
	vspherePlugin    = "4.17.0"
)
