package catalogue

import (
	"strings"

	"sitewright/toolchain/internal/recipe"
)

// traefikWheel is the checksum of the wheel for Linux on x86-64.
const traefikWheel = "1308728055151e4e6ab4e08826e865cd05ee4f438b25a010871117b133dced34"

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

// flannelWithoutC leaves out flannel's udp backend, its only part in C: the others, of which the site uses vxlan, are
// static programs without it, and no C compiler is needed.
func flannelWithoutC() recipe.Patch {
	return recipe.Patch{
		Module: "github.com/flannel-io/flannel",
		Remove: []string{
			"pkg/backend/udp/cproxy_amd64.go",
			"pkg/backend/udp/proxy_amd64.c",
			"pkg/backend/udp/proxy_amd64.h",
			"pkg/backend/udp/udp_network_amd64.go",
		},
		Write: map[string]string{"pkg/backend/udp/udp_amd64.go": "patches/udp.go.txt"},
	}
}
