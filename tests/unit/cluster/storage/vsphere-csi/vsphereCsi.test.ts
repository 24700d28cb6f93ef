import { vcenterOf } from "../../../../../cluster/cloud-provider/vcenterCredentials";
import { volumeProvisioner } from "../../../../../cluster/storage/provisioner";
import { csiConfig } from "../../../../../cluster/storage/vsphere-csi/config";
import { parseEnvironment } from "../../../../environment";
import type { Environment } from "../../../../../environment/schema";
import { objects } from "../../../apps/objects";
import { passwords, rawSite, site } from "../../../environment/site";
import { expectGolden } from "../../../golden";
import type { Registered } from "../../../mocks";
import { caPem } from "../../certificates";
import { nodesFor, registeredInCluster } from "../../vsphere";

const prd = site("prd");

function changed(change: (raw: ReturnType<typeof rawSite>) => void): Environment {
  const raw = rawSite("prd");
  change(raw);
  return parseEnvironment("prd", raw);
}

const install = (environment: Environment = prd) =>
  registeredInCluster(() =>
    volumeProvisioner("volumes", { environment, ...nodesFor(environment), authority: caPem }, {}),
  );

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- inputs of any resource type
const inputsOf = (registered: Registered[], name: string): Record<string, any> =>
  registered.find((one) => one.name === `volumes-vsphere-csi-${name}`)?.inputs ?? {};

test("it is told the vCenter, its authorities and its account", async () => {
  expect(inputsOf(await install(), "config")["stringData"]).toEqual({
    "csi-vsphere.conf": csiConfig({
      vcenter: vcenterOf(prd.vsphere, caPem),
      user: "k8s-csi@vsphere.local",
      password: passwords["cluster:csiPassword"]!,
      clusterId: "prdk8sclu",
      topologyCategories: [],
    }),
    "vcenter-ca.crt": caPem,
  });
});

test("its password is a secret, in one object only", async () => {
  const registered = await install();
  const holders = registered.filter(({ inputs }) =>
    /driver.* password/.test(JSON.stringify(inputs)),
  );
  expect(holders.map(({ name, secretInputs }) => [name, secretInputs])).toEqual([
    ["volumes-vsphere-csi-config", ["stringData"]],
  ]);
});

test("as many controllers as control planes, and no more than three", async () => {
  const withControlPlanes = (count: number) =>
    changed((raw) => {
      const [first] = raw["nodes"];
      for (let index = 1; index < count; index += 1) {
        raw["nodes"].push({
          ...first,
          name: `prdk8smst50${index + 1}`,
          address: `192.168.10.${56 + 10 + index}`,
        });
      }
    });
  const replicas = async (count: number) =>
    inputsOf(await install(withControlPlanes(count)), "controller")["spec"].replicas;
  expect([await replicas(1), await replicas(3), await replicas(5)]).toEqual([1, 3, 3]);
});

test("topology is asked of the provisioner and named in the configuration, or neither", async () => {
  const categories = ["k8s-region", "k8s-zone"];
  const aware = changed((raw) => (raw["volumes"].topologyCategories = categories));
  const of = async (environment: Environment) => {
    const registered = await install(environment);
    const { containers } = inputsOf(registered, "controller")["spec"].template.spec;
    const { args } = containers.find(({ name }: { name: string }) => name === "csi-provisioner");
    return {
      strict: args.includes("--strict-topology"),
      labels: inputsOf(registered, "config")["stringData"]["csi-vsphere.conf"].includes("[Labels]"),
    };
  };
  expect(await of(prd)).toEqual({ strict: false, labels: false });
  expect(await of(aware)).toEqual({ strict: true, labels: true });
});

test("sidecars follow the driver's release", async () => {
  const newer = changed((raw) => {
    raw["kubernetes"].version = "1.36.3";
    raw["kubernetes"].cloudProvider.version = "1.36.0";
    raw["volumes"].version = "3.8.0";
  });
  const { containers } = inputsOf(await install(newer), "controller")["spec"].template.spec;
  const of = (wanted: string) => containers.find(({ name }: { name: string }) => name === wanted);
  expect(of("csi-resizer")).toMatchObject({
    image: "registry.k8s.io/sig-storage/csi-resizer:v2.0.0",
    args: expect.arrayContaining(["--feature-gates=RecoverVolumeExpansionFailure=false"]),
  });
  expect(of("vsphere-csi-controller").image).toBe("registry.k8s.io/csi-vsphere/driver:v3.8.0");
});

describe("the configuration", () => {
  const config = (vsphere: Partial<Environment["vsphere"]>, authority?: string) =>
    csiConfig({
      vcenter: vcenterOf({ ...prd.vsphere, ...vsphere }, authority),
      user: "DOMAIN\\csi",
      password: 'a "b" ; # c',
      clusterId: "prdk8sclu",
      topologyCategories: ["k8s-region", "k8s-zone"],
    });

  test("keeps what gcfg would read as something else", () => {
    expect(config({}, caPem)).toBe(`[Global]
cluster-id = "prdk8sclu"

[VirtualCenter "vcenter.coolcorp.priv"]
user = "DOMAIN\\\\csi"
password = "a \\"b\\" ; # c"
port = "443"
datacenters = "coolcorp"
ca-file = "/etc/cloud/vcenter-ca.crt"

[Labels]
topology-categories = "k8s-region,k8s-zone"
`);
  });

  test("is what tests/csi gives to the driver itself", () => {
    const local = { server: "127.0.0.1:8989", datacenter: "coolcorp" };
    expectGolden(
      "csi-vsphere.conf",
      csiConfig({
        vcenter: vcenterOf({ ...prd.vsphere, ...local }, caPem),
        user: "csi@vsphere.local",
        password: `it's "secret" \\ ; #`,
        clusterId: "devk8sclu",
        topologyCategories: [],
      }),
    );
  });

  test("does not verify only where that is asked for", () => {
    expect(config({})).not.toContain("insecure");
    expect(config({ insecure: true })).toContain('insecure-flag = "true"\n');
    const thumbprint = Array(20).fill("AB").join(":");
    expect(config({ thumbprint })).toContain(`thumbprint = "${thumbprint}"\n`);
  });
});

test("classes wait until the driver is on every node", async () => {
  const wait = (await install()).find(({ name }) => name === "volumes-registered");
  expect(wait?.inputs).toMatchObject({ connection: { host: "192.168.10.56" } });
  expect(wait?.inputs["create"]).toContain("csi.vsphere.vmware.com");
  expect(JSON.stringify(wait?.inputs)).not.toContain(passwords["cluster:csiPassword"]);
});

describe("snapshots", () => {
  const withSnapshots = (change: (raw: ReturnType<typeof rawSite>) => void = () => undefined) =>
    install(
      changed((raw) => {
        raw["volumes"].snapshots = {};
        change(raw);
      }),
    );
  const controllerOf = (registered: Registered[]) =>
    registered.find(({ name }) => name === "volumes-snapshots-pods")?.inputs["spec"];

  test("kinds, controller, rights, policies and class are what tests/csi runs with", async () => {
    const own = (await withSnapshots()).filter(
      ({ name }) => name.includes("-snapshot") || name.includes("-csi-controller-"),
    );
    expectGolden("snapshots.yaml", objects(own));
  });

  test("are not there unless they are asked for", async () => {
    expect(JSON.stringify(await install())).not.toMatch(/snapshot/i);
  });

  test.each([
    ["3.2.0", "1.27.16", "1.27.0", "7.0.1", false],
    ["3.8.0", "1.36.3", "1.36.0", "8.4.0", true],
  ])(
    "have a controller and a sidecar of the release that driver %s names",
    async (version, kubernetes, cloudProvider, release, tells) => {
      const registered = await withSnapshots((raw) => {
        raw["kubernetes"].version = kubernetes;
        raw["kubernetes"].cloudProvider.version = cloudProvider;
        raw["volumes"].version = version;
      });
      const { containers } = inputsOf(registered, "controller")["spec"].template.spec;
      const sidecar = containers.find(({ name }: { name: string }) => name === "csi-snapshotter");
      expect(sidecar.image).toBe(`registry.k8s.io/sig-storage/csi-snapshotter:v${release}`);
      expect(sidecar.args.includes("--extra-create-metadata")).toBe(tells);
      expect(controllerOf(registered).template.spec.containers[0].image).toBe(
        `registry.k8s.io/sig-storage/snapshot-controller:v${release}`,
      );
    },
  );

  test("are as many as configured, of the class of that name; two controllers on three control planes", async () => {
    const registered = await withSnapshots((raw) => {
      raw["volumes"].snapshots = { maxPerVolume: 5, className: "daily" };
      const [first] = raw["nodes"];
      for (const number of [2, 3]) {
        raw["nodes"].push({
          ...first,
          name: `prdk8smst50${number}`,
          address: `192.168.10.6${number + 5}`,
        });
      }
    });
    expect(inputsOf(registered, "config")["stringData"]["csi-vsphere.conf"]).toContain(
      '[Snapshot]\nglobal-max-snapshots-per-block-volume = "5"\n',
    );
    expect(inputsOf(registered, "snapshot-class")).toMatchObject({
      kind: "VolumeSnapshotClass",
      metadata: { name: "daily" },
      driver: "csi.vsphere.vmware.com",
      deletionPolicy: "Delete",
    });
    expect(controllerOf(registered).replicas).toBe(2);
  });
});
