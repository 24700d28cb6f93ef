package catalogue

import (
	"strings"

	"sitewright/toolchain/internal/recipe"
)

// traefikWheels are the checksums of the wheels for Linux, by Go's word for the processor.
var traefikWheels = map[string]string{
	"amd64": "1308728055151e4e6ab4e08826e865cd05ee4f438b25a010871117b133dced34",
	"arm64": "cebbae96471182e15d59e9cf937314fd61a3351fa51337d07db411ee0357461d",
}

// kubernetesTags are those of upstream's own release build.
func kubernetesTags() []string { return append(sharedTags(), "selinux") }

// kubernetesStamp sets what the programs answer to --version; kubeadm derives from it which images it asks for. etcd has
// its version in its source.
func kubernetesStamp() map[string]string {
	numbers := strings.Split(kubernetesVersion, ".")
	stamp := map[string]string{}
	for _, module := range []string{"k8s.io/component-base/version", "k8s.io/client-go/pkg/version"} {
		stamp[module+".gitVersion"] = "v" + kubernetesVersion
		stamp[module+".gitMajor"] = numbers[0]
		stamp[module+".gitMinor"] = numbers[1]
		stamp[module+".gitTreeState"] = "clean"
	}
	return stamp
}

func bridgedVersions() map[string]string {
	return map[string]string{
		bridged + "/tls.Version":     tlsPlugin,
		bridged + "/random.Version":  randomPlugin,
		bridged + "/vsphere.Version": vspherePlugin,
	}
}

// kubernetesOnThisEngine adapts the Kubernetes plugin to the engine from 3.250 on, in whose schemas the description of the
// provider is a pointer. The line is of the schema that is made for a package of custom resources.
func kubernetesOnThisEngine() recipe.Patch {
	return recipe.Patch{
		Module: "github.com/pulumi/pulumi-kubernetes/provider/v4",
		Edit: map[string]recipe.Edit{
			"pkg/gen/schema.go": {Before: "Provider: pschema.ResourceSpec{", After: "Provider: &pschema.ResourceSpec{"},
		},
	}
}

// kubernetesWithoutGoTypes leaves out the Go types of all kinds, of the Go SDK that users of Go import. The Kubernetes
// plugin needs that SDK for its component resources only (Chart, ConfigFile, ConfigGroup, Directory), which register the
// same objects under the same tokens without them.
func kubernetesWithoutGoTypes() recipe.Patch {
	return recipe.Patch{
		Module: "github.com/pulumi/pulumi-kubernetes/sdk/v4",
		Remove: []string{"go/kubernetes/yaml/v2/kinds.go"},
		Write:  map[string]string{"go/kubernetes/yaml/v2/register.go": "patches/register.go.txt"},
	}
}

// getterWithoutClouds leaves out the fetchers of modules and programs from Amazon's and Google's stores, which bring both
// SDKs. Terraform's kits, of which the bridged plugins are made, use them when they test a provider.
func getterWithoutClouds() recipe.Patch {
	return recipe.Patch{
		Module: "github.com/hashicorp/go-getter",
		Remove: []string{"get_gcs.go", "get_s3.go"},
		Write:  map[string]string{"get_clouds.go": "patches/clouds.go.txt"},
	}
}

// sharedTags are those of upstream's release build of Kubernetes that some packages read which other pieces have, too
// (apimachinery, gRPC): with the same tags and the same versions these are compiled once for all. They leave out a helper for
// tests and gRPC's debugging pages.
func sharedTags() []string { return []string{"notest", "grpcnotrace"} }

// consulWithoutEnvoysMessages leaves out two generated lists of imports, which link every message of Envoy's interface into
// Consul, in case that an Envoy's configuration written by hand names one. A site has no service mesh; messages that Consul's
// own code names stay, and one that is not there is refused by its name.
func consulWithoutEnvoysMessages() []recipe.Patch {
	return []recipe.Patch{
		{Module: "github.com/hashicorp/consul", Remove: []string{"agent/xds/z_xds_packages.go"}},
		{Module: "github.com/hashicorp/consul/troubleshoot", Remove: []string{"proxy/z_xds_packages.go"}},
	}
}

// flannelWithoutUnusedBackends leaves out two of flannel's backends: udp is its only part in C, and without it the program is
// static and needs no C compiler; tencent-vpc brings the SDK of Tencent's cloud. The site uses vxlan; flannel refuses the
// name of a backend that is not there.
func flannelWithoutUnusedBackends() recipe.Patch {
	return recipe.Patch{
		Module: "github.com/flannel-io/flannel",
		Remove: []string{
			"pkg/backend/udp/cproxy_amd64.go",
			"pkg/backend/udp/proxy_amd64.c",
			"pkg/backend/udp/proxy_amd64.h",
			"pkg/backend/udp/udp_network_amd64.go",
		},
		Write: map[string]string{
			"pkg/backend/udp/udp_amd64.go":         "patches/udp.go.txt",
			"pkg/backend/tencentvpc/tencentvpc.go": "patches/tencentvpc.go.txt",
		},
	}
}
