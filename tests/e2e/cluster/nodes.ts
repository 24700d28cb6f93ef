import { readEnvironmentFile } from "../../environment";
import { checkout } from "../../../lib/paths";
import { poll } from "../../../lib/poll";
import { environment, kubectl } from "../support/harness";

interface NodeObject {
  metadata: { name: string; labels: Record<string, string> };
  spec: { taints?: { key: string; value?: string; effect: string }[] };
  status: { conditions: { type: string; status: string }[] };
}

/** The controller manager takes these taints away seconds after the kubelet has said that its node is Ready. */
const isJustReady = ({ spec }: NodeObject): boolean =>
  (spec.taints ?? []).some(({ key }) => key === "node.kubernetes.io/not-ready");

export function nodes(): void {
  const site = readEnvironmentFile(environment, { directory: checkout });
  let found: Map<string, NodeObject>;

  beforeAll(async () => {
    const list = async () =>
      (JSON.parse(await kubectl(["get", "nodes", "-o", "json"])) as { items: NodeObject[] }).items;
    const settled = await poll(list, (nodes) => !nodes.some(isJustReady), { deadline: 60_000 });
    found = new Map(settled.map((node) => [node.metadata.name, node]));
  });

  test("exactly the environment's nodes are there", () => {
    expect([...found.keys()].sort()).toEqual(site.nodes.map(({ name }) => name).sort());
  });

  describe.each(site.nodes)("$name", ({ name, role, zone }) => {
    test("is Ready", () => {
      const conditions = found.get(name)?.status.conditions;
      expect(conditions?.find(({ type }) => type === "Ready")?.status).toBe("True");
    });

    test("has the labels of its role and zone", () => {
      expect(found.get(name)?.metadata.labels).toMatchObject({
        [`node-role.kubernetes.io/${role}`]: "",
        ...site.zones[zone].labels,
      });
    });

    test("has the taints of its zone, and no other", () => {
      const controlPlane = { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" };
      const expected = role === "control-plane" ? [controlPlane] : site.zones[zone].taints;
      expect(found.get(name)?.spec.taints ?? []).toEqual(expected);
    });
  });
}
