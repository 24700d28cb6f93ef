import { readEnvironmentFile } from "../../environment";
import { vcenterHost, vcenterPort } from "../../../environment/vcenterAddress";
import { checkout } from "../../../lib/paths";
import { environment, kubectl, onMachine } from "../support/harness";
import { inventory } from "../support/vcenter";

interface NodeObject {
  metadata: { name: string; labels: Record<string, string> };
  spec: { providerID?: string; taints?: { key: string }[] };
  status: { addresses: { type: string; address: string }[] };
}

/** Prints how an attempt to connect ended; the kernel's word for a refusal by the firewall is "No route to host". */
const attempt = (host: string, port: number): string[] => [
  "bash",
  "-c",
  `timeout 3 bash -c '</dev/tcp/${host}/${port}' 2>&1 && echo connected || true`,
];

export function cloudProvider(): void {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const [host, port] = [vcenterHost(site.vsphere), vcenterPort(site.vsphere)];
  let found: Map<string, NodeObject>;
  let uuids: Map<string, string>;

  beforeAll(async () => {
    const list = JSON.parse(await kubectl(["get", "nodes", "-o", "json"])) as {
      items: NodeObject[];
    };
    found = new Map(list.items.map((node) => [node.metadata.name, node]));
    const { virtualMachines } = await inventory();
    uuids = new Map(virtualMachines.map(({ name, uuid }) => [name, uuid]));
  });

  describe.each(site.nodes)("$name", ({ name, address, role }) => {
    test("has the providerID of its machine in the vCenter, and no mark of a new node", () => {
      const { spec } = found.get(name)!;
      expect(spec.providerID).toBe(`vsphere://${uuids.get(name)}`);
      expect((spec.taints ?? []).map(({ key }) => key)).not.toContain(
        "node.cloudprovider.kubernetes.io/uninitialized",
      );
    });

    test("has the address of its zone and its own name, and an instance type", () => {
      const { status, metadata } = found.get(name)!;
      expect(status.addresses).toEqual(
        expect.arrayContaining([
          { type: "InternalIP", address },
          { type: "Hostname", address: name },
        ]),
      );
      expect(status.addresses.filter(({ type }) => type === "InternalIP")).toHaveLength(1);
      expect(metadata.labels["node.kubernetes.io/instance-type"]).toMatch(/^vsphere-vm\.cpu-/);
    });

    test(
      role === "control-plane" ? "reaches the vCenter" : "does not reach the vCenter",
      async () => {
        const answer = await onMachine(name, ...attempt(host, port));
        if (role === "control-plane") {
          expect(answer.trim()).toBe("connected");
        } else {
          expect(answer).not.toContain("connected");
        }
      },
    );
  });

  test("the control plane reaches nothing else of the host", async () => {
    const { name } = site.nodes.find(({ role }) => role === "control-plane")!;
    expect(await onMachine(name, ...attempt(host, 22))).not.toContain("connected");
    expect(await onMachine(name, ...attempt(host, port + 1))).toContain("No route to host");
  });
}
