import { FakeCluster } from "../unit/operations/leaving/cluster";
import { etcdPod, node as nodeOf } from "../unit/operations/leaving/objects";
import { expectRefused, machinesOfCluster } from "../integration/support/machinesOfCluster";
import { standInApi } from "./standInApi";
import type { RawConfig } from "../integration/support/vcenter";

/**
 * The real engine, plugins and kubectl: in which order an update of infra restarts machines, and what it asks of the cluster. The cluster
 * is a list of objects, whose kubelets renew their leases always; its etcd answers as etcdctl does.
 */
jest.setTimeout(300_000);

type RawNode = Record<string, unknown> & { name: string; address: string; role: string };
const nodesOf = (config: RawConfig) => config["site:nodes"] as unknown as RawNode[];

/** Three control planes, and two workers more than the lab has. */
function configuration(config: RawConfig): void {
  const nodes = nodesOf(config);
  for (const [index, name] of ["devk8smst502", "devk8smst503"].entries()) {
    nodes.push({ ...nodes[0]!, name, address: `172.30.10.${90 + index}` });
  }
  for (const [index, name] of ["devk8swok508", "devk8swok509"].entries()) {
    nodes.push({ ...nodes[1]!, name, address: `172.30.10.${68 + index}` });
  }
}
const CONTROL_PLANES = ["devk8smst501", "devk8smst502", "devk8smst503"];
const [WORKER, OTHER] = ["devk8swok508", "devk8swok509"] as const;

let present: FakeCluster | undefined;
const { site, steps } = machinesOfCluster(18_941, {
  configuration,
  ...standInApi(() => present),
});

/** With another memory for some, and so many workers at a time. */
const resized =
  (names: readonly string[], memoryMiB: number, maxUnavailable?: number) =>
  (config: RawConfig): void => {
    configuration(config);
    nodesOf(config)
      .filter(({ name }) => names.includes(name))
      .forEach((node) => Object.assign(node, { memoryMiB }));
    if (maxUnavailable !== undefined) {
      config["site:maintenance"] = { maxUnavailable };
    }
  };
const memoryOf = async (name: string) =>
  (await site.machines()).find((machine) => machine.name === name)!.memoryMiB;

/** kubectl runs a command only in a container that the pod has. */
const withContainer = (pod: ReturnType<typeof etcdPod>) => ({
  ...pod,
  spec: { ...pod.spec, containers: [{ name: "etcd" }] },
});

/** A node is cordoned or drained, or takes pods again; and the memory that its machine has then. */
let events: string[];

beforeEach(async () => {
  const machines = await site.machines();
  const raw: RawConfig = { "site:nodes": [] as never };
  await site.configure("infra", (config) => {
    configuration(config);
    Object.assign(raw, config);
  });
  const objects = nodesOf(raw).flatMap(({ name, address, role }) => {
    const vmId = machines.find((machine) => machine.name === name)!.uuid;
    const labels: Record<string, string> =
      role === "control-plane" ? { "node-role.kubernetes.io/control-plane": "" } : {};
    const made = nodeOf(name, { vmId, address });
    const lease = { kind: "Lease", metadata: { name, namespace: "kube-node-lease" }, spec: {} };
    const server = structuredClone(etcdPod(name));
    server.metadata.name = `kube-apiserver-${name}`;
    server.metadata.labels = { component: "kube-apiserver" };
    return [
      { ...made, metadata: { ...made.metadata, labels } },
      lease,
      ...(role === "control-plane" ? [withContainer(etcdPod(name)), server] : []),
    ];
  });
  const members = nodesOf(raw)
    .filter(({ role }) => role === "control-plane")
    .map(({ name, address }, index) => ({
      id: 18_000_000_000_000_000_001n + BigInt(index),
      ...{ name, address },
    }));
  events = [];
  const made = new FakeCluster(objects, members);
  const patch = made.patch.bind(made);
  made.patch = async (kind, { name }, change) => {
    await patch(kind, { name }, change);
    events.push(`${made.events.at(-1)}, ${await memoryOf(name)} MiB`);
  };
  present = made;
  await steps(...nodesOf(raw).map(({ name }) => name));
});

async function update(edit: (config: RawConfig) => void): Promise<string> {
  await site.configure("infra", edit);
  const { exitCode, output } = await site.update();
  expect([exitCode, output]).toEqual([0, expect.anything()]);
  return output;
}
const inTurn = (name: string, before: number, after: number) => [
  `cordon ${name}, ${before} MiB`,
  `uncordon ${name}, ${after} MiB`,
];

test("three control planes and two workers in one edit: one at a time, out of service before and back after", async () => {
  const before = await Promise.all(CONTROL_PLANES.map(memoryOf));
  const workers = await memoryOf(WORKER);
  const output = await update(resized([...CONTROL_PLANES, WORKER, OTHER], 5120));
  expect(events).toEqual([
    ...CONTROL_PLANES.flatMap((name, index) => inTurn(name, before[index]!, 5120)),
    ...inTurn(WORKER, workers, 5120),
    ...inTurn(OTHER, workers, 5120),
  ]);
  expect(output).toContain(`${WORKER}: drained`);
  expect(present!.events).toContain(`etcd move-leader ${CONTROL_PLANES[1]}`);

  events = [];
  await update(resized([...CONTROL_PLANES, WORKER, OTHER], 5120));
  expect(events).toEqual([]);
});

test("as many workers as may be out of service are restarted at a time", async () => {
  await update(resized([WORKER, OTHER], 6144, 2));
  expect(events.slice(0, 2).map((event) => event.split(" ")[0])).toEqual(["cordon", "cordon"]);
  expect(events).toHaveLength(4);
});

test("a control plane stays while a member of etcd is dead: preview and update refuse, nothing is restarted", async () => {
  present!.members[2]!.isDead = true;
  const before = await memoryOf(CONTROL_PLANES[0]!);
  await site.configure("infra", resized(CONTROL_PLANES.slice(0, 2), 7168));
  expectRefused(await site.pulumi("infra", ["preview", ...site.select()]), "no healthy voters");
  expectRefused(await site.update(), "is not restarted; nothing was changed on it");
  expect(await memoryOf(CONTROL_PLANES[0]!)).toBe(before);
  expect(await memoryOf(CONTROL_PLANES[1]!)).toBe(before);
  expect(events).toEqual([]);
});

test("a cluster that does not answer refuses it", async () => {
  present = undefined;
  const before = await memoryOf(WORKER);
  await site.configure("infra", resized([WORKER], 8192));
  const preview = await site.pulumi("infra", ["preview", ...site.select()]);
  expectRefused(preview, `so ${WORKER} is not restarted`);
  expect(await memoryOf(WORKER)).toBe(before);
});

test("after a kill in the middle the same update ends what it began", async () => {
  const cluster = present!;
  await site.configure("infra", resized([WORKER, OTHER], 9216));
  const stop = new AbortController();
  cluster.onChange = (event) => {
    if (event === `uncordon ${WORKER}`) {
      cluster.onChange = () => undefined;
      stop.abort();
      throw new Error("killed");
    }
  };
  await site.updateUntil(stop.signal);
  expect(await memoryOf(WORKER)).toBe(9216);
  events = [];
  await update(resized([WORKER, OTHER], 9216));
  expect(events.at(-1)).toBe(`uncordon ${OTHER}, 9216 MiB`);
  const left = cluster.objects.filter(({ spec }) => spec?.["unschedulable"] === true);
  expect(left).toEqual([]);
});
