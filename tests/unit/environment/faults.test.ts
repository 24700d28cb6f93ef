import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { EnvironmentError, type Fault } from "../../../environment/faults";
import { readEnvironmentFile } from "../../environment";
import { parseEnvironment } from "../../environment";
import { testFaults } from "./faultCases";
import { rawSite } from "./site";

testFaults([
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
    allowed: /^server, .*datacenter/,
  },
  {
    name: "an unknown key that resembles nothing",
    spoil: (raw) => (raw["quux"] = 1),
    path: "quux",
    reason: "is not a known key",
    allowed: /^protection, placeholders, domain, vsphere/,
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
    allowed: "type, flannelVersion, conflist, kubeRouterVersion, vxlanPort, smoke",
  },
  {
    name: "a release of Antrea that is not known",
    spoil: (raw) => (raw["cni"] = { type: "antrea", version: "2.2.0" }),
    path: "cni.version",
    reason: "is a release of Antrea whose objects are not known here",
    allowed: ">=2.6.3 <2.8.0",
  },
  {
    name: "an image's digest of another form",
    spoil: (raw) =>
      (raw["cni"] = { type: "antrea", version: "2.7.0", agent: { digest: "sha256:abc" } }),
    path: "cni.agent.digest",
    reason: "has the wrong form",
    allowed: /64 lower-case hexadecimal digits/,
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
    name: "a Kubernetes version that was not tried",
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
]);

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
     allowed: server, insecure, thumbprint, user, accounts, passwordLifetimeDays, manageAccess, volumeDatastores, datacenter, cluster, resourcePool, datastore, template, folder, clone, diskFormat, hardwareVersion, tags, separateHosts, networkInterface, address, certificateAuthority
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

  test("a file with Windows line ends is read like any other", () => {
    const text = readFileSync("Pulumi.dev.yaml", "utf8").replaceAll("\n", "\r\n");
    writeFileSync(join(directory, "Pulumi.dev.yaml"), text);
    expect(readEnvironmentFile("dev", { directory })).toEqual(readEnvironmentFile("dev"));
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
