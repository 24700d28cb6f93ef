import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { EnvironmentError, type Fault } from "../../../environment/faults";
import { readEnvironmentFile } from "../../../environment/file";
import { parseEnvironment } from "../../../environment/parse";
import { faultsOf, rawSite } from "./site";

type Raw = ReturnType<typeof rawSite>;

/** One way to spoil the lab's environment, and what must be said about it. */
interface Case {
  name: string;
  spoil: (raw: Raw) => void;
  path: string;
  reason: string | RegExp;
  allowed: string | RegExp;
}

const controlPlane = (name: string, address: string) => ({
  name,
  role: "control-plane",
  zone: "lan",
  address,
  cpus: 2,
  memoryMiB: 2048,
  diskGiB: 20,
});

const cases: Case[] = [
  {
    name: "a missing key",
    spoil: (raw) => delete raw["domain"],
    path: "domain",
    reason: "is missing",
    allowed: /text/,
  },
  {
    name: "a missing section",
    spoil: (raw) => delete raw["kubernetes"],
    path: "kubernetes",
    reason: "is missing",
    allowed: "a map of keys and values",
  },
  {
    name: "an unknown key, with the one that was meant",
    spoil: (raw) => (raw["vsphere"].datastor = "ssd"),
    path: "vsphere.datastor",
    reason: "is not a known key; did you mean datastore?",
    allowed: /^server, user, datacenter/,
  },
  {
    name: "an unknown key that resembles nothing",
    spoil: (raw) => (raw["quux"] = 1),
    path: "quux",
    reason: "is not a known key",
    allowed: /^domain, vsphere/,
  },
  {
    name: "an unknown key inside a list",
    spoil: (raw) => (raw["nodes"][1].memory = 4096),
    path: "nodes[1].memory",
    reason: "is not a known key; did you mean memoryMiB?",
    allowed: /name, zone, address/,
  },
  {
    name: "an unknown key inside a union",
    spoil: (raw) => (raw["cni"].vxlanport = 1),
    path: "cni.vxlanport",
    reason: "is not a known key; did you mean vxlanPort?",
    allowed: "type, flannelVersion, kubeRouterVersion, vxlanPort",
  },
  {
    name: "a CNI there is none of",
    spoil: (raw) => (raw["cni"] = { type: "calico" }),
    path: "cni.type",
    reason: "has the wrong form",
    allowed: '"antrea", "flannel"',
  },
  {
    name: "a wrong type",
    spoil: (raw) => (raw["nodes"][0].cpus = "two"),
    path: "nodes[0].cpus",
    reason: "has the wrong form",
    allowed: /number/,
  },
  {
    name: "a name that is no DNS label",
    spoil: (raw) => (raw["nodes"][0].name = "Master_1"),
    path: "nodes[0].name",
    reason: "has the wrong form",
    allowed: /DNS-1123 label/,
  },
  {
    name: "a name of 64 characters",
    spoil: (raw) => (raw["nodes"][0].name = "a".repeat(64)),
    path: "nodes[0].name",
    reason: "has the wrong form",
    allowed: /1 to 63/,
  },
  {
    name: "an incomplete version",
    spoil: (raw) => (raw["kubernetes"].version = "1.36"),
    path: "kubernetes.version",
    reason: "has the wrong form",
    allowed: /complete version/,
  },
  {
    name: "a Kubernetes version nobody tried",
    spoil: (raw) => (raw["kubernetes"].version = "1.26.15"),
    path: "kubernetes.version",
    reason: "is not supported",
    allowed: ">=1.27.0 <1.37.0",
  },
  {
    name: "host bits in a network",
    spoil: (raw) => (raw["kubernetes"].podSubnet = "10.244.1.0/16"),
    path: "kubernetes.podSubnet",
    reason: "has the wrong form",
    allowed: /host bits zero/,
  },
  {
    name: "pods overlapping Services",
    spoil: (raw) => (raw["kubernetes"].serviceSubnet = "10.244.128.0/20"),
    path: "kubernetes.serviceSubnet",
    reason: "overlaps kubernetes.podSubnet 10.244.0.0/16",
    allowed: /shares no address/,
  },
  {
    name: "pods overlapping a zone",
    spoil: (raw) => (raw["kubernetes"].podSubnet = "172.30.8.0/21"),
    path: "kubernetes.podSubnet",
    reason: "overlaps zones.lan.cidr 172.30.10.0/24",
    allowed: /shares no address/,
  },
  {
    name: "a zone overlapping another zone",
    spoil: (raw) => (raw["zones"].dmz.cidr = "172.30.0.0/16"),
    path: "zones.dmz.cidr",
    reason: "overlaps zones.lan.cidr 172.30.10.0/24",
    allowed: /shares no address/,
  },
  {
    name: "Docker's own network",
    spoil: (raw) => (raw["kubernetes"].serviceSubnet = "172.17.0.0/20"),
    path: "kubernetes.serviceSubnet",
    reason: "overlaps 172.17.0.0/16, which is Docker's own default network",
    allowed: /shares no address/,
  },
  {
    name: "a pod network without room",
    spoil: (raw) => (raw["kubernetes"].podSubnet = "10.244.0.0/22"),
    path: "kubernetes.podSubnet",
    reason: "has room for 4 nodes, a /24 each, and the site has 5",
    allowed: /shorter prefix/,
  },
  {
    name: "a gateway outside its network",
    spoil: (raw) => (raw["zones"].dmz.gateway = "172.30.10.254"),
    path: "zones.dmz.gateway",
    reason: "is no host address of the zone's network 172.30.20.0/24",
    allowed: "an address between 172.30.20.0 and 172.30.20.255, both excluded",
  },
  {
    name: "an address outside its network",
    spoil: (raw) => (raw["nodes"][4].address = "172.30.10.99"),
    path: "nodes[4].address",
    reason: "is no host address of its zone dmz, whose network is 172.30.20.0/24",
    allowed: "an address between 172.30.20.0 and 172.30.20.255, both excluded",
  },
  {
    name: "the broadcast address",
    spoil: (raw) => (raw["nodes"][0].address = "172.30.10.255"),
    path: "nodes[0].address",
    reason: /is no host address of its zone lan/,
    allowed: /both excluded/,
  },
  {
    name: "the gateway's address",
    spoil: (raw) => (raw["nodes"][1].address = "172.30.10.1"),
    path: "nodes[1].address",
    reason: "is the same as zones.lan.gateway",
    allowed: /nothing else/,
  },
  {
    name: "a resolver's address",
    spoil: (raw) => (raw["loadBalancer"].address = "172.30.10.2"),
    path: "loadBalancer.address",
    reason: "is the same as zones.lan.dnsServers[0]",
    allowed: /nothing else/,
  },
  {
    name: "a duplicate address",
    spoil: (raw) => (raw["nodes"][2].address = raw["nodes"][1].address),
    path: "nodes[2].address",
    reason: "is the same as nodes[1].address",
    allowed: /nothing else/,
  },
  {
    name: "a duplicate name",
    spoil: (raw) => (raw["nodes"][0].name = raw["loadBalancer"].name),
    path: "nodes[0].name",
    reason: "is the same as loadBalancer.name",
    allowed: /no other machine/,
  },
  {
    name: "a node in a zone there is not",
    spoil: (raw) => (raw["nodes"][0].zone = "wan"),
    path: "nodes[0].zone",
    reason: "is no zone of this environment",
    allowed: "lan, dmz",
  },
  {
    name: "a load balancer in a zone there is not",
    spoil: (raw) => (raw["loadBalancer"].zone = "wan"),
    path: "loadBalancer.zone",
    reason: "is no zone of this environment",
    allowed: "lan, dmz",
  },
  {
    name: "no control plane",
    spoil: (raw) => (raw["nodes"][0].role = "worker"),
    path: "nodes",
    reason: "has no control plane",
    allowed: /odd number/,
  },
  {
    name: "an even number of control planes",
    spoil: (raw) => raw["nodes"].push(controlPlane("devk8smst502", "172.30.10.57")),
    path: "nodes",
    reason: /^has an even number of control planes/,
    allowed: /1, 3, 5/,
  },
  {
    name: "no worker",
    spoil: (raw) => {
      raw["nodes"] = raw["nodes"].slice(0, 1);
    },
    path: "nodes",
    reason: /^has no worker/,
    allowed: /at least one/,
  },
  {
    name: "a control plane kubeadm refuses",
    spoil: (raw) => (raw["nodes"][0].cpus = 1),
    path: "nodes[0].cpus",
    reason: /kubeadm refuses/,
    allowed: "at least 2",
  },
  {
    name: "root as the user",
    spoil: (raw) => (raw["ssh"] = { user: "root" }),
    path: "ssh.user",
    reason: "has the wrong form",
    allowed: /other than root/,
  },
  {
    name: "a node port out of range",
    spoil: (raw) => (raw["apps"].ingress.httpNodePort = 8080),
    path: "apps.ingress.httpNodePort",
    reason: "has the wrong form",
    allowed: "a node port from 30000 to 32767",
  },
  {
    name: "the same node port twice",
    spoil: (raw) => (raw["apps"].ingress.httpsNodePort = 30080),
    path: "apps.ingress.httpsNodePort",
    reason: "is the same as apps.ingress.httpNodePort",
    allowed: /another node port/,
  },
  {
    name: "more ingress pods than workers before the load balancer",
    spoil: (raw) => (raw["apps"].ingress.replicas = 4),
    path: "apps.ingress.replicas",
    reason: "is more than the 3 workers in the load balancer's zone lan",
    allowed: /at most one replica/,
  },
  {
    name: "no default storage class",
    spoil: (raw) => (raw["storageClasses"][0].default = false),
    path: "storageClasses",
    reason: "has no default class",
    allowed: "exactly one class with default: true",
  },
  {
    name: "two default storage classes",
    spoil: (raw) => (raw["storageClasses"][1].default = true),
    path: "storageClasses",
    reason: "has 2 default classes",
    allowed: "exactly one class with default: true",
  },
  {
    name: "a namespace twice",
    spoil: (raw) => (raw["namespaces"][2].name = "devsyslan"),
    path: "namespaces[2].name",
    reason: "is the same as namespaces[0].name",
    allowed: /not used twice/,
  },
  {
    name: "a namespace of a zone there is not",
    spoil: (raw) => (raw["namespaces"][2].zone = "wan"),
    path: "namespaces[2].zone",
    reason: "is no zone of this environment",
    allowed: "lan, dmz",
  },
  {
    name: "a namespace that allows more without a reason",
    spoil: (raw) => (raw["namespaces"][0].podSecurity = "baseline"),
    path: "namespaces[0].podSecurityReason",
    reason: /^is missing, and podSecurity is baseline/,
    allowed: /podSecurity: restricted/,
  },
  {
    name: "a reason to allow more where no more is allowed",
    spoil: (raw) => (raw["namespaces"][0].podSecurityReason = "it was once so"),
    path: "namespaces[0].podSecurityReason",
    reason: "is a reason for nothing: podSecurity is restricted",
    allowed: "no such key",
  },
  {
    name: "memory in eighths of a byte",
    spoil: (raw) => (raw["namespaces"][0].quota.limits.memory = "128m"),
    path: "namespaces[0].quota.limits.memory",
    reason: "has the wrong form",
    allowed: /Mi, Gi or Ti/,
  },
  {
    name: "CPUs as a number",
    spoil: (raw) => (raw["namespaces"][0].quota.limits.cpu = 4),
    path: "namespaces[0].quota.limits.cpu",
    reason: "has the wrong form",
    allowed: /^text, quoted/,
  },
  {
    name: "a quota that forgets the pods",
    spoil: (raw) => delete raw["namespaces"][0].quota.pods,
    path: "namespaces[0].quota.pods",
    reason: "is missing",
    allowed: /number/,
  },
  {
    name: "a quota with less for limits than for requests",
    spoil: (raw) => (raw["namespaces"][0].quota.requests.memory = "5Gi"),
    path: "namespaces[0].quota.requests.memory",
    reason: "is more than namespaces[0].quota.limits.memory",
    allowed: "at most 4Gi",
  },
  {
    name: "a default request above the default limit",
    spoil: (raw) => (raw["namespaces"][0].limits.defaultRequest.cpu = "1"),
    path: "namespaces[0].limits.defaultRequest.cpu",
    reason: "is more than namespaces[0].limits.default.cpu",
    allowed: "at most 500m",
  },
  {
    name: "a default limit above the maximum",
    spoil: (raw) => (raw["namespaces"][0].limits.default.memory = "2Gi"),
    path: "namespaces[0].limits.default.memory",
    reason: "is more than namespaces[0].limits.max.memory",
    allowed: "at most 1Gi",
  },
  {
    name: "a quota with too little CPU for the limits",
    spoil: (raw) => (raw["namespaces"][0].quota.limits.cpu = "2500m"),
    path: "namespaces[0].quota.limits.cpu",
    reason: "is too small for the applications there: ingress 3 x 1 = 3, a rolling update included",
    allowed: "at least 3",
  },
  {
    name: "a quota with too little CPU for the requests",
    spoil: (raw) => (raw["namespaces"][0].quota.requests.cpu = "0.299"),
    path: "namespaces[0].quota.requests.cpu",
    reason:
      "is too small for the applications there: ingress 3 x 100m = 300m, a rolling update included",
    allowed: "at least 300m",
  },
  {
    name: "a quota with too little memory for two applications",
    spoil: (raw) => {
      raw["apps"].whoami.namespace = "devsyslan";
      raw["namespaces"][0].quota.requests.memory = "128Mi";
    },
    path: "namespaces[0].quota.requests.memory",
    reason:
      "is too small for the applications there: ingress 3 x 64Mi + whoami 3 x 16Mi = 240Mi, a rolling update included",
    allowed: "at least 240Mi",
  },
  {
    name: "a quota with too little memory for the limits",
    spoil: (raw) => {
      raw["namespaces"][1].quota.limits.memory = "128Mi";
      raw["namespaces"][1].quota.requests.memory = "128Mi";
    },
    path: "namespaces[1].quota.limits.memory",
    reason:
      "is too small for the applications there: whoami 3 x 64Mi = 192Mi, a rolling update included",
    allowed: "at least 192Mi",
  },
  {
    name: "a quota with too few pods",
    spoil: (raw) => (raw["namespaces"][1].quota.pods = 2),
    path: "namespaces[1].quota.pods",
    reason: "is too small for the applications there: whoami 3 x 1 = 3, a rolling update included",
    allowed: "at least 3",
  },
  {
    name: "a maximum that an application's container exceeds",
    spoil: (raw) => {
      raw["namespaces"][0].limits.max.memory = "128Mi";
    },
    path: "namespaces[0].limits.max.memory",
    reason: "is too small for a container of ingress, whose limit is 256Mi",
    allowed: "at least 256Mi",
  },
  {
    name: "an application in a namespace of another zone",
    spoil: (raw) => (raw["apps"].whoami.namespace = "dev-dmz-coolcorp"),
    path: "apps.whoami.namespace",
    reason: "is no namespace of the load balancer's zone lan",
    allowed: "devsyslan, dev-lan-coolcorp",
  },
  {
    name: "a flow from nobody",
    spoil: (raw) =>
      (raw["flows"] = [{ from: "nas", to: "api", protocol: "tcp", ports: [1], reason: "x" }]),
    path: "flows[0].from",
    reason: "names nobody in this environment",
    allowed: /^control-plane, api, lan, dmz/,
  },
];

test.each(cases)("$name is one fault", ({ spoil, path, reason, allowed }) => {
  const raw = rawSite("dev");
  spoil(raw);
  const faults = faultsOf(raw);
  expect(faults.map((fault) => fault.path)).toEqual([path]);
  const [fault] = faults as [Fault];
  expect(fault.reason).toEqual(matching(reason));
  expect(fault.allowed).toEqual(matching(allowed));
});

function matching(wanted: string | RegExp): unknown {
  return wanted instanceof RegExp ? expect.stringMatching(wanted) : wanted;
}

test("faults of shape, of several keys and of secrets come together, in one text", () => {
  const raw = rawSite("dev");
  delete raw["domain"];
  raw["vsphere"].datastor = "ssd";
  raw["nodes"][2].address = raw["nodes"][1].address;
  raw["kubernetes"].serviceSubnet = "10.244.128.0/20";
  const secret = {
    path: "vsphere:password",
    value: undefined,
    reason: "is not set",
    allowed: "a secret",
  };
  expect(() => parseEnvironment("dev", raw, [secret])).toThrow(
    `Pulumi.dev.yaml has 5 faults. Nothing was created or changed.
  1. vsphere.datastor = "ssd"
     is not a known key; did you mean datastore?
     allowed: server, user, datacenter, cluster, resourcePool, datastore, template, folder, clone, networkInterface
  2. domain = (missing)
     is missing
     allowed: text, quoted where YAML would read a number or true and false
  3. kubernetes.serviceSubnet = "10.244.128.0/20"
     overlaps kubernetes.podSubnet 10.244.0.0/16
     allowed: a network that shares no address with another network of the site
  4. nodes[2].address = "172.30.10.61"
     is the same as nodes[1].address
     allowed: an address nothing else of the site has
  5. vsphere:password = (missing)
     is not set
     allowed: a secret
Edit Pulumi.dev.yaml at the root of the project and run the command again.`,
  );
});

test("a value that could be long is cut", () => {
  const raw = rawSite("dev");
  raw["domain"] = "x".repeat(300);
  expect(() => parseEnvironment("dev", raw)).toThrow(/"x{99}\.\.\.\n/);
});

describe("reading the file", () => {
  const directory = mkdtempSync(join(tmpdir(), "environment-"));
  afterAll(() => rmSync(directory, { recursive: true }));

  test("a file that is not there is one fault", () => {
    expect(() => readEnvironmentFile("tst", { directory })).toThrow(
      /^Pulumi\.tst\.yaml has 1 fault\.[\s\S]*cannot be read: ENOENT/,
    );
  });

  test("a password in clear and a missing one are faults", () => {
    writeFileSync(
      join(directory, "Pulumi.one.yaml"),
      JSON.stringify({ config: { "vsphere:password": "clear" } }),
    );
    writeFileSync(join(directory, "Pulumi.two.yaml"), JSON.stringify({ config: {} }));
    expect(secretFaultsOf("one")).toEqual([
      expect.objectContaining({ reason: "stands in the file in clear" }),
    ]);
    expect(secretFaultsOf("two")).toEqual([
      expect.objectContaining({
        reason: "is not set",
        allowed:
          "a secret, set from the folder infra by: pulumi config set --stack two --secret vsphere:password",
      }),
    ]);
  });

  test("a password in clear is never shown", () => {
    expect(() => readEnvironmentFile("one", { directory, secrets: true })).not.toThrow(/"clear"/);
  });

  function secretFaultsOf(stack: string): Fault[] {
    try {
      readEnvironmentFile(stack, { directory, secrets: true });
      return [];
    } catch (error) {
      return (error as EnvironmentError).faults.filter(({ path }) => path === "vsphere:password");
    }
  }
});
