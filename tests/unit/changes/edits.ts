import { CA } from "../operations/certificates";
import type { Project } from "../../../environment/contracts";
import type { Base, Raw } from "./base";

/** One change of a key on a site that is up, and how it is found again. */
export interface Edit {
  /** Its path in the schema. */
  key: string;
  base: Base;
  /** Edits of one turn are made at the same time, so that one run of a program shows them all. */
  turn: number;
  edit: (raw: Raw) => void;
  /** What then stands in a line of what a stack does, or in what it says when it refuses, and did not before. */
  shows: string | RegExp;
  /** Stacks in which another test looks for it, and that test. */
  elsewhere?: Partial<Record<Project, string>>;
}

interface More extends Pick<Edit, "elsewhere"> {
  base?: Base;
  turn?: number;
  /** Default: the value itself. */
  shows?: string | RegExp;
  /** What has to change with it. */
  also?: (raw: Raw) => void;
}

/** Sets the value at a path such as `nodes.1.address`. */
function change(
  path: string,
  value: unknown,
  { base = "dev", turn = 0, shows, also, ...rest }: More = {},
): Edit {
  const keys = path.split(".");
  return {
    key: path
      .replace(/^zones\.\w+/, "zones.<name>")
      .replace(
        /^(nodes|placeholders|storageClasses|namespaces|flows|packages\.repositories)\.\d+/,
        "$1[]",
      )
      .replace(/taints\.\d+/, "taints[]"),
    base,
    turn,
    ...rest,
    shows: shows ?? String(value),
    edit: (raw) => {
      const holder = keys
        .slice(0, -1)
        .reduce<Record<string, unknown>>(
          (at, key) => (at[key] ??= {}) as Record<string, unknown>,
          raw,
        );
      holder[keys.at(-1) as string] = value;
      also?.(raw);
    },
  };
}

/** A number that nothing else has. */
let last = 7100;
const number = () => (last += 1);
const memory = () => `${number()}Mi`;

const OTHER_KEY =
  "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nb3RoZXIga2V5\n-----END PGP PUBLIC KEY BLOCK-----";
const prd = { base: "prd" } as const;
const inLine = (resource: string, text: string) => new RegExp(`^${resource} .*${text}`, "m");

/** Settings of a volume; in a turn of its own it comes from a file server. */
function volume(path: string): Edit[] {
  const fromServer = {
    turn: 3,
    also: (raw: Raw) => {
      const holder = path.split(".").reduce<Raw>((at, key) => at[key] as Raw, raw);
      delete holder["storageClass"];
    },
  };
  return [
    change(`${path}.storageClass`, "another", { shows: `site:${path}.storageClass: another` }),
    change(`${path}.size`, memory()),
    change(`${path}.nfs.server`, `${path.toLowerCase()}.test`, fromServer),
    change(`${path}.nfs.path`, `/${path}`, fromServer),
  ];
}

function backup(path: string): Edit[] {
  return [
    change(`${path}.schedule`, `${number() % 60} 7 7 7 *`),
    change(`${path}.keep`, number()),
    change(`${path}.keepDays`, number()),
    ...volume(`${path}.volume`),
  ];
}

const machines: Edit[] = [
  change("domain", "other.test", { shows: "site:domain is other.test" }),
  change("vsphere.server", "vcenter.other.test", {
    also: (raw) => (raw["vsphere"].address = "10.8.8.8"),
  }),
  change("vsphere.insecure", true, {
    base: "prd",
    turn: 1,
    shows: /"allowUnverifiedSsl":"?true|insecure-flag = true|insecureFlag: true/,
  }),
  change("vsphere.thumbprint", "AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD", {
    shows: /AA:?BB:?CC:?DD:?EE/i,
  }),
  change("vsphere.user", "other-provisioner@vsphere.local"),
  change("vsphere.accounts.cloudProvider", "other-cloud@vsphere.local"),
  change("vsphere.accounts.csi", "other-csi@vsphere.local", prd),
  change("vsphere.passwordLifetimeDays", 80),
  change("vsphere.manageAccess", true, { shows: "access-csi" }),
  change("vsphere.volumeDatastores", ["other-volumes"]),
  change("vsphere.datacenter", "other-site", { shows: "site:vsphere.datacenter is other-site" }),
  change("vsphere.cluster", "other-cluster", prd),
  change("vsphere.resourcePool", "other-pool", prd),
  change("vsphere.datastore", "other-datastore"),
  change("vsphere.template", "other-template"),
  change("vsphere.folder", "other-folder"),
  change("vsphere.clone", "linked", {
    turn: 1,
    shows: '"linkedClone":true',
  }),
  change("vsphere.diskFormat", "eagerZeroedThick", { shows: '"eagerlyScrub":true' }),
  change("vsphere.hardwareVersion", 20, { shows: '"hardwareVersion":20' }),
  change("vsphere.tags", ["site"], { shows: "devk8sclu-site" }),
  change("vsphere.separateHosts", true, { shows: "load-balancers-on-separate-hosts" }),
  change("vsphere.networkInterface", "ens192", {
    shows: "site:vsphere.networkInterface is ens192",
  }),
  change("vsphere.address", "10.9.9.9"),
  change("vsphere.certificateAuthority", CA, {
    base: "prd",
    shows: "MIIBezCCASGgAwIBAgIUfK5r08YGuvaDIdGBiMbPqdWPVwcwCgYIKoZIzj0EAwIw",
  }),
  change("ssh.user", "other", { shows: "site:ssh.user is other" }),
  change("packages.manager", "tdnf", { shows: "site:packages.manager is tdnf" }),
  change("packages.pins", { haproxy: "7.7.7", containerd: "7.7.7" }, { shows: "7.7.7" }),
  change("packages.source", "photon", {
    base: "prd",
    turn: 1,
    shows: "kubernetes-kubeadm",
  }),
  change("packages.repositories.0.name", "other-repository", prd),
  change("packages.repositories.0.url", "https://packages.other.test/rpm/", prd),
  change("packages.repositories.0.key", OTHER_KEY, { ...prd, shows: "b3RoZXIga2V5" }),
  change("timeServers", ["ntp.other.test"]),
  change("zones.lan.portGroup", "other-group"),
  change("zones.lan.cluster", "zone-cluster"),
  change("zones.lan.resourcePool", "zone-pool"),
  change("zones.lan.datastore", "zone-datastore", prd),
  change("zones.lan.cidr", "172.30.10.0/25", { shows: "172.30.10.56/25" }),
  change("zones.lan.gateway", "172.30.10.111"),
  change("zones.lan.dnsServers", ["172.30.10.112"]),
  change("zones.lan.labels", { "zone-label": "x" }, { shows: "zone-label" }),
  change("zones.lan.taints.0.key", "other-key"),
  change("zones.lan.taints.0.value", "other-value"),
  change("zones.lan.taints.0.effect", "NoExecute", {
    shows: inLine("node-devk8swok502", "NoExecute"),
  }),
  change("loadBalancer.name", "devk8slb509", {
    shows: "site:loadBalancer, devk8slb509: its address",
  }),
  change("loadBalancer.zone", "dmz", {
    turn: 2,
    shows: "172.30.20.45",
    also: (raw) => {
      raw["loadBalancer"].address = "172.30.20.45";
      raw["loadBalancer"].pair.address = "172.30.20.46";
      raw["loadBalancer"].pair.virtualAddress = "172.30.20.47";
      raw["apps"] = {};
    },
  }),
  change("loadBalancer.address", "172.30.10.113"),
  change("loadBalancer.cpus", 7, { shows: '"numCpus":7' }),
  change("loadBalancer.memoryMiB", 7321, { shows: '"memory":7321' }),
  change("loadBalancer.memoryReservation", true, { shows: '"memoryReservation":7321' }),
  change("loadBalancer.diskGiB", 73, {
    turn: 1,
    shows: "diskGiB is 73, and the machine was cloned",
  }),
  change("loadBalancer.pair.name", "devk8slb508", {
    shows: "site:loadBalancer, devk8slb508: its address",
  }),
  change("loadBalancer.pair.address", "172.30.10.114"),
  change("loadBalancer.pair.virtualAddress", "172.30.10.115"),
  change("loadBalancer.pair.routerId", 73, { shows: "virtual_router_id 73" }),
  change("loadBalancer.proxyProtocol", true, {
    shows: /^traefik-service .*"externalTrafficPolicy":"Local"/m,
    // Where Traefik is known to expect it.
    elsewhere: { infra: "tests/unit/infra/load-balancer/proxyProtocol.test.ts" },
  }),
  change("nodes.1.name", "devk8swok599", { shows: "site:nodes, devk8swok599: its address" }),
  change("nodes.1.zone", "dmz", {
    turn: 3,
    shows: "172.30.20.99",
    also: (raw) => (raw["nodes"][1].address = "172.30.20.99"),
  }),
  change("nodes.2.address", "172.30.10.116"),
  change("nodes.3.generation", 7, {
    shows: inLine("devk8swok503-vm", ",7\\]"),
    // There it is the machine's UUID that changes.
    elsewhere: { cluster: "tests/unit/cluster/leaving.test.ts" },
  }),
  change("nodes.3.cpus", 9, { shows: '"numCpus":9' }),
  change("nodes.3.memoryMiB", 7322, { shows: '"memory":7322' }),
  change("nodes.3.memoryReservation", true, { shows: '"memoryReservation":7322' }),
  change("nodes.2.diskGiB", 74, { shows: "diskGiB is 74, and the machine was cloned" }),
  change("nodes.0.role", "worker", {
    turn: 4,
    shows: /role( is)? worker/,
    also: (raw) => (raw["nodes"][1].role = "control-plane"),
  }),
  change("nodes.3.labels", { "node-label": "x" }, { shows: "node-label" }),
  change("protection", "production", { shows: "protected from deletion" }),
  change("maintenance.drainSeconds", number()),
  change("maintenance.maxUnavailable", number()),
  change("nas.name", "nas.other.test", prd),
  change("nas.address", "192.168.10.99", prd),
  change("placeholders.0.keys", ["zones.lan.gateway"]),
  change("placeholders.0.reason", "another placeholder's reason"),
  change("flows.0.from", "dmz"),
  change("flows.0.to", "lan"),
  change("flows.0.protocol", "udp"),
  change("flows.0.ports", [4321]),
  change("flows.0.reason", "another reason"),
];

const kubernetes: Edit[] = [
  change("kubernetes.version", "1.36.4", {
    turn: 1,
    shows: "site:kubernetes.version in Pulumi.dev.yaml is 1.36.4",
  }),
  change("kubernetes.clusterName", "othersclu", {
    shows: /site:kubernetes\.clusterName(:| is) othersclu/,
  }),
  change("kubernetes.apiName", "api.other.test", {
    shows: /site:kubernetes\.apiName( is| and apiPort:) api\.other\.test/,
  }),
  change("kubernetes.apiPort", 7443, {
    shows: /site:kubernetes\.apiPort is 7443|api\.other\.test:7443/,
  }),
  change("kubernetes.podSubnet", "10.211.0.0/16", { shows: "site:kubernetes.podSubnet: 10.211" }),
  change("kubernetes.serviceSubnet", "10.212.0.0/16", {
    shows: "site:kubernetes.serviceSubnet: 10.212",
  }),
  change("kubernetes.cloudProvider.version", "1.36.77"),
  change("kubernetes.cloudProvider.deletesNodes", true, {
    base: "prd",
    shows: inLine("cloud-provider-access-cluster-role", "delete"),
  }),
  change("kubernetes.encryption.keyGeneration", number()),
  change("kubernetes.kubeconfigGeneration", number()),
  change("kubernetes.etcdBackup.everyHours", 8, { shows: "OnCalendar=*-*-* 00/8" }),
  change("kubernetes.etcdBackup.keepDays", number()),
  change("kubernetes.etcdBackup.keepAtLeast", number()),
  change("kubernetes.audit.maxAgeDays", number(), {
    shows: /site:kubernetes\.audit: .*"maxAgeDays":71/,
  }),
  change("kubernetes.audit.maxBackups", number(), {
    shows: /site:kubernetes\.audit: .*"maxBackups":71/,
  }),
  change("kubernetes.audit.maxSizeMiB", number(), {
    shows: /site:kubernetes\.audit: .*"maxSizeMiB":71/,
  }),
  change("kubernetes.imageRepository", "registry.other.test", {
    shows: "site:kubernetes.imageRepository: registry",
  }),
  change("kubernetes.ignorePreflightErrors", ["OtherCheck"]),
  change(
    "kubernetes.kubelet",
    { maxPods: 77 },
    { shows: 'site:kubernetes.kubelet: {"maxPods":77}' },
  ),
  change(
    "kubernetes.kubeProxy",
    { mode: "ipvs" },
    { shows: 'site:kubernetes.kubeProxy: {"mode":"ipvs"}' },
  ),
  change("containerd.registryMirror", "http://mirror.other.test"),
  change("containerd.restrictOomScoreAdj", true, {
    base: "prd",
    shows: "restrict_oom_score_adj = true",
  }),
  change("containerd.sandboxImage", "registry.other.test/pause:7"),
  change("cni.type", "antrea", {
    turn: 2,
    shows: "site:cni.type: antrea",
    also: (raw) => (raw["cni"] = { type: "antrea", version: "2.7.0" }),
  }),
  change("cni.version", "2.7.77", prd),
  change("cni.agent.image", "docker.io/other/agent", prd),
  change("cni.agent.digest", `sha256:${"7".repeat(64)}`, prd),
  change("cni.controller.image", "docker.io/other/controller", prd),
  change("cni.controller.digest", `sha256:${"8".repeat(64)}`, prd),
  change("cni.smoke.image", "docker.io/other/smoke"),
  change("cni.smoke.version", "7.7.8"),
  change("images.digests", "required"),
  change("cni.flannelVersion", "7.7.9"),
  change("cni.conflist.image", "docker.io/other/conflist"),
  change("cni.conflist.version", "7.7.10"),
  change("cni.kubeRouterVersion", "7.7.11"),
  change("cni.vxlanPort", 18472),
];

const objects: Edit[] = [
  change("volumes.provisioner", "local-path", {
    base: "prd",
    turn: 1,
    shows: "site:volumes.provisioner: local-path",
    also: (raw) => {
      raw["volumes"] = { provisioner: "local-path", version: "0.0.30" };
      for (const one of raw["storageClasses"]) {
        Object.assign(one, { provisioner: "rancher.io/local-path", allowVolumeExpansion: false });
        delete one.parameters;
      }
    },
  }),
  change("volumes.version", "0.0.77"),
  change("volumes.path", "/var/lib/other"),
  change("volumes.clusterId", "other-id", {
    base: "prd",
    turn: 2,
    shows: "site:volumes.clusterId: other-id",
  }),
  change("volumes.topologyCategories", ["region", "other-category"], {
    base: "prd",
    shows: "other-category",
  }),
  change("volumes.snapshots.className", "other-snapshots", prd),
  change("volumes.snapshots.maxPerVolume", 27, {
    base: "prd",
    shows: /global-max-snapshots-per-block-volume.{1,5}27/,
  }),
  change("storageClasses.1.name", "other-class", {
    turn: 1,
    shows: "storage-class-other-class",
    also: (raw) => (raw["apps"] = {}),
  }),
  change("storageClasses.0.default", false, {
    shows: inLine("storage-class-another", 'is-default-class":"true"'),
    also: (raw) => (raw["storageClasses"].at(-1).default = true),
  }),
  change("storageClasses.0.provisioner", "other.test/provisioner", {
    turn: 9,
    shows: "storageClasses[0].provisioner",
  }),
  change(
    "storageClasses.0.parameters",
    { storagepolicyname: "other-policy" },
    { base: "prd", shows: "other-policy" },
  ),
  change("storageClasses.0.reclaimPolicy", "Retain", {
    shows: inLine("storage-class-vsphere-dts-ssd", '"reclaimPolicy":"Retain"'),
  }),
  change("storageClasses.0.allowVolumeExpansion", false, {
    base: "prd",
    shows: '"allowVolumeExpansion":false',
  }),
  change("storageClasses.0.volumeBindingMode", "Immediate", {
    base: "prd",
    shows: '"volumeBindingMode":"Immediate"',
  }),
  change("storageClasses.0.allowedTopologies", [{ region: ["place-seven"] }], {
    base: "prd",
    shows: "place-seven",
  }),
  change("namespaces.4.name", "renamed", {
    turn: 5,
    shows: "site:namespaces, another: the stack apps has",
  }),
  change("namespaces.4.environment", "other-environment"),
  change("namespaces.4.category", "other-category"),
  change("namespaces.4.zone", "dmz", { shows: inLine("namespace-another", '"zone":"dmz"') }),
  change("namespaces.4.podSecurity", "baseline", {
    shows: '"pod-security.kubernetes.io/enforce":"baseline"',
  }),
  change("namespaces.4.podSecurityReason", "a good reason"),
  change("namespaces.2.quota.requests.cpu", "71111m"),
  change("namespaces.2.quota.requests.memory", memory()),
  change("namespaces.2.quota.requests.ephemeral-storage", "97113Mi"),
  change("namespaces.2.quota.limits.cpu", "97111m"),
  change("namespaces.2.quota.limits.memory", "97Gi"),
  change("namespaces.2.quota.limits.ephemeral-storage", "97115Mi"),
  change("namespaces.2.quota.pods", number()),
  change("namespaces.2.quota.persistentVolumeClaims", number()),
  change("namespaces.2.limits.default.cpu", "413m"),
  change("namespaces.2.limits.default.memory", "131Mi"),
  change("namespaces.2.limits.default.ephemeral-storage", "513Mi"),
  change("namespaces.2.limits.defaultRequest.cpu", "37m"),
  change("namespaces.2.limits.defaultRequest.memory", "67Mi"),
  change("namespaces.2.limits.defaultRequest.ephemeral-storage", "19Mi"),
  change("namespaces.2.limits.max.cpu", "7117m"),
  change("namespaces.2.limits.max.memory", memory()),
  change("namespaces.2.limits.max.ephemeral-storage", "97117Mi"),
  change("backups.image", "docker.io/other/backups"),
  change("backups.version", "seven-backups"),
];

const HOSTS = "inf.dev.k8s.coolcorp.test";

const apps: Edit[] = [
  change("apps.consul.namespace", "another", { shows: "site:apps.consul.namespace: another" }),
  change("apps.consul.version", "1.22.77"),
  change("apps.consul.datacenter", "other", { shows: "site:apps.consul.datacenter: other" }),
  change("apps.consul.domain", "other.test", { shows: "site:apps.consul.domain: other.test" }),
  change("apps.consul.replicas", 5, { shows: inLine("consul-servers-pods", '"replicas":5') }),
  change("apps.consul.storageClass", "another", {
    shows: "site:apps.consul.storageClass: another",
  }),
  change("apps.consul.size", memory(), { shows: "site:apps.consul.size: 7" }),
  change("apps.consul.uiHost", `seven-ui.${HOSTS}`),
  change("apps.consul.gossipKeyGeneration", number()),
  change("apps.consul.certificateGeneration", number()),
  ...backup("apps.consul.backup"),
  change("apps.ingress.namespace", "another", {
    turn: 1,
    shows: inLine("traefik-pods", '"namespace":"another"'),
  }),
  change("apps.ingress.routesNamespace", "another-routes", {
    turn: 6,
    also: (raw) => raw["namespaces"].push({ ...raw["namespaces"][3], name: "another-routes" }),
  }),
  change("apps.ingress.domain", "inf.seven.test", {
    turn: 2,
    shows: "*.inf.seven.test",
    also: (raw) => {
      raw["apps"] = JSON.parse(JSON.stringify(raw["apps"]).replaceAll(HOSTS, "inf.seven.test"));
    },
  }),
  change("apps.ingress.httpNodePort", 30777),
  change("apps.ingress.httpsNodePort", 30778),
  change("apps.ingress.traefikVersion", "3.7.77"),
  change("apps.ingress.replicas", 1, { shows: inLine("traefik-pods", '"replicas":1\\b') }),
  change("apps.ingress.dashboardHost", `seven-dashboard.${HOSTS}`),
  change("apps.ingress.operator", "seven-operator", { shows: "seven-operator" }),
  change("apps.whoami.namespace", "another", {
    shows: inLine("whoami-pods", '"namespace":"another"'),
  }),
  change("apps.whoami.version", "1.11.77"),
  change("apps.whoami.replicas", 1, { shows: inLine("whoami-pods", '"replicas":1\\b') }),
  change("apps.whoami.host", `seven-whoami.${HOSTS}`),
  change("apps.outpost.namespace", "another-dmz", {
    shows: inLine("outpost-pods", '"namespace":"another-dmz"'),
  }),
  change("apps.outpost.version", "1.11.78"),
  change("apps.outpost.replicas", 2, { shows: inLine("outpost-pods", '"replicas":2\\b') }),
  change("apps.outpost.host", `seven-outpost.${HOSTS}`),
  change("apps.outpost.nodePort", 30779),
  change("apps.confluence.namespace", "another", {
    shows: "site:apps.confluence.namespace: another",
  }),
  change("apps.confluence.image", "docker.io/other/confluence"),
  change("apps.confluence.version", "9.2.77"),
  change("apps.confluence.host", `seven-confluence.${HOSTS}`),
  change("apps.confluence.publicHost.name", "seven.coolcorp.test"),
  change("apps.confluence.jvm.minimumMiB", 791),
  change("apps.confluence.jvm.maximumMiB", 1777),
  change("apps.confluence.requests.cpu", "57m"),
  change("apps.confluence.requests.memory", "77Mi"),
  change("apps.confluence.requests.ephemeral-storage", "79Mi"),
  change("apps.confluence.limits.cpu", "1777m"),
  change("apps.confluence.limits.memory", "2517Mi"),
  change("apps.confluence.limits.ephemeral-storage", "2519Mi"),
  change("apps.confluence.startSeconds", 77770, { shows: '"failureThreshold":15554' }),
  change("apps.confluence.setupIsOpen", false, {
    shows: inLine("confluence-https-route", "setup"),
  }),
  ...volume("apps.confluence.home"),
  change("apps.confluence.database.version", "15.77"),
  change("apps.confluence.database.storageClass", "another", {
    shows: "site:apps.confluence.database.storageClass: another",
  }),
  change("apps.confluence.database.size", memory()),
  change("apps.confluence.database.passwordGeneration", number()),
  change("apps.confluence.database.adminerVersion", "4.8.77"),
  change("apps.confluence.database.adminerHost", `seven-adminer.${HOSTS}`),
  ...backup("apps.confluence.backup"),
  ...backup("apps.confluence.homeBackup"),
  change("apps.dashboard.namespace", "another", {
    shows: inLine("dashboard-pods", '"namespace":"another"'),
  }),
  change("apps.dashboard.image", "docker.io/other/dashboard"),
  change("apps.dashboard.version", "0.45.77"),
  change("apps.dashboard.host", `seven-page.${HOSTS}`),
  change("apps.dashboard.namespaces", ["another-dmz"], {
    shows: "dashboard-access-role-another-dmz",
  }),
  change("apps.dashboard.tokenSeconds", number()),
  change("apps.noticeboard.namespace", "another", {
    shows: "site:apps.noticeboard.namespace: another",
  }),
  change("apps.noticeboard.image", "docker.io/other/noticeboard"),
  change("apps.noticeboard.version", "seven-notices"),
  change("apps.noticeboard.host", `seven-notices.${HOSTS}`),
  ...volume("apps.noticeboard.data"),
  change("apps.noticeboard.passwordGeneration", number()),
  ...backup("apps.noticeboard.backup"),
];

/** A change of every key, but of those that are proved elsewhere. */
export const EDITS: readonly Edit[] = [...machines, ...kubernetes, ...objects, ...apps];

/** Keys that need more than a file, and the test that shows what a change of them does. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  "apps.confluence.publicHost.certificate": "tests/unit/environment/certificateFaults.test.ts",
};
