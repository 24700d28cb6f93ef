import { volumeProvisioner } from "../../../cluster/volumeProvisioner";
import { parseEnvironment } from "../../../environment/parse";
import { objects } from "../apps/objects";
import { rawSite } from "../environment/site";
import { expectGolden } from "../golden";
import type { Registered } from "../mocks";
import { caPem } from "./certificates";
import { machinesFor, registeredInCluster } from "./vsphere";

type Raw = ReturnType<typeof rawSite>;

/** What production's cluster gets with snapshots, after a change. */
function install(change: (raw: Raw) => void = () => undefined): Promise<Registered[]> {
  const raw = rawSite("prd");
  raw["volumes"].snapshots = {};
  change(raw);
  const environment = parseEnvironment("prd", raw);
  return registeredInCluster(() =>
    volumeProvisioner(
      "volumes",
      { environment, machines: machinesFor(environment), authority: caPem },
      {},
    ),
  );
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- inputs of any resource type
const inputsOf = (registered: Registered[], name: string): Record<string, any> =>
  registered.find((one) => one.name === name)?.inputs ?? {};

const sidecars = (registered: Registered[]): Record<string, { image: string; args: string[] }> => {
  const { containers } = inputsOf(registered, "volumes-vsphere-csi-controller")["spec"].template
    .spec;
  return Object.fromEntries(containers.map((one: { name: string }) => [one.name, one]));
};

test("kinds, controller, rights, policies and class are what tests/csi runs with", async () => {
  const registered = await install();
  const own = registered.filter(
    ({ name }) => name.includes("-snapshot") || name.includes("-csi-controller-"),
  );
  expectGolden("snapshots.yaml", objects(own));
});

test("nothing of it is there unless it is asked for", async () => {
  const registered = await install((raw) => delete raw["volumes"].snapshots);
  expect(JSON.stringify(registered)).not.toMatch(/snapshot/i);
});

test.each([
  ["3.2.0", "1.27.16", "1.27.0", "7.0.1", false],
  ["3.8.0", "1.36.3", "1.36.0", "8.4.0", true],
])(
  "controller and sidecar are of the release that driver %s names",
  async (version, kubernetes, cloudProvider, release, tells) => {
    const registered = await install((raw) => {
      Object.assign(raw["kubernetes"], { version: kubernetes });
      raw["kubernetes"].cloudProvider.version = cloudProvider;
      raw["volumes"].version = version;
    });
    const sidecar = sidecars(registered)["csi-snapshotter"];
    expect(sidecar.image).toBe(`registry.k8s.io/sig-storage/csi-snapshotter:v${release}`);
    expect(sidecar.args.includes("--extra-create-metadata")).toBe(tells);
    const { spec } = inputsOf(registered, "volumes-snapshots-pods");
    expect(spec.template.spec.containers[0].image).toBe(
      `registry.k8s.io/sig-storage/snapshot-controller:v${release}`,
    );
  },
);

test("one control plane has one controller, three have two on different nodes", async () => {
  const replicas = async (change?: (raw: Raw) => void) =>
    inputsOf(await install(change), "volumes-snapshots-pods")["spec"].replicas;
  expect(await replicas()).toBe(1);
  const three = (raw: Raw) => {
    const [first] = raw["nodes"];
    raw["nodes"].push(
      ...["502", "503"].map((number) => ({
        ...first,
        name: `prdk8smst${number}`,
        address: first.address.replace(/[0-9]+$/, `2${number.slice(1)}`),
      })),
    );
  };
  expect(await replicas(three)).toBe(2);
});

test("the driver is told how many a volume may have, and the class how it is called", async () => {
  const registered = await install(
    (raw) => (raw["volumes"].snapshots = { maxPerVolume: 5, className: "daily" }),
  );
  expect(
    inputsOf(registered, "volumes-vsphere-csi-config")["stringData"]["csi-vsphere.conf"],
  ).toContain('[Snapshot]\nglobal-max-snapshots-per-block-volume = "5"\n');
  expect(inputsOf(registered, "volumes-vsphere-csi-snapshot-class")).toMatchObject({
    kind: "VolumeSnapshotClass",
    metadata: { name: "daily" },
    driver: "csi.vsphere.vmware.com",
    deletionPolicy: "Delete",
  });
});
