import { type RawConfig, Site } from "./vcenter";

/** A site that uses what vSphere offers for its machines. */
export function configuration(config: RawConfig): void {
  Object.assign(config["site:vsphere"], {
    hardwareVersion: 19,
    tags: ["role", "zone", "site"],
    separateHosts: true,
  });
  Object.assign(config["site:zones"]["dmz"] as object, { cluster: "edge", datastore: "edge-ssd" });
  const nodes = nodesOf(config);
  for (const number of [2, 3]) {
    const name = `devk8smst50${number}`;
    nodes.push({ ...nodes[0], name, address: `172.30.10.5${number}` });
  }
}

export const nodesOf = (config: RawConfig) =>
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- raw configuration
  config["site:nodes"] as unknown as Record<string, any>[];

/** That site, up in a vCenter on this port. */
export function machinesUp(port: number) {
  const site = new Site(port);
  const machine = async (name: string) => (await site.machines()).find((one) => one.name === name)!;

  beforeAll(async () => {
    await site.start({
      cluster: { name: "k8s", hosts: ["esx1.coolcorp.test", "esx2.coolcorp.test"] },
      otherClusters: [{ name: "edge", hosts: ["esx9.coolcorp.test"] }],
      datastores: [{ name: "ssd" }, { name: "edge-ssd" }],
      templates: [
        { name: "photon-5", hardwareVersion: 17 },
        { name: "photon-6", hardwareVersion: 19, diskGiB: 40 },
        { name: "no-snapshot", virtualMachine: true, diskGiB: 20 },
        { name: "one-snapshot", virtualMachine: true, diskGiB: 20, snapshots: 1 },
        { name: "two-snapshots", virtualMachine: true, diskGiB: 20, snapshots: 2 },
      ],
    });
    const { exitCode, output } = await site.upMachines(configuration);
    expect([exitCode, output]).toEqual([0, expect.anything()]);
  });

  afterAll(() => site.stop());

  return { site, machine };
}
