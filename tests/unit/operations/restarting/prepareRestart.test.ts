import {
  prepareRestart,
  type RestartOptions,
} from "../../../../operations/restarting/prepareRestart";
import { FakeCluster, type FakeMember } from "../leaving/cluster";
import { etcdPod, machine, node, pod } from "../leaving/objects";

const LONG = {
  ...{ answer: 20, health: 5, detach: 20_000, volumes: 20_000 },
  ...{ progress: 5, interval: 1 },
};

async function prepare(
  cluster: FakeCluster,
  name: string,
  options: Partial<RestartOptions> = {},
): Promise<string[]> {
  const said: string[] = [];
  await prepareRestart(cluster, machine(name), {
    ...{ drainSeconds: 1, maxUnavailable: 1, waits: LONG },
    ...{ inFlight: new Set<string>(), restarted: new Set([name]) },
    say: (line) => said.push(line),
    ...options,
  });
  return said;
}

const members = (...names: string[]): FakeMember[] =>
  names.map((name, index) => ({
    id: 18_000_000_000_000_000_001n + BigInt(index),
    ...{ name, address: machine(name).address },
  }));
/** Control planes c1 to c3 and workers w4 to w6, but those that are given as they are. */
const site = (...others: ReturnType<typeof node>[]) => {
  const nodes = ["c1", "c2", "c3", "w4", "w5", "w6"].map(
    (name) => others.find(({ metadata }) => metadata.name === name) ?? node(name),
  );
  return [...nodes, ...["c1", "c2", "c3"].map((name) => etcdPod(name))];
};
const cordoned = (name: string, by: string, ready = "True") => {
  const made = node(name, { ready });
  made.metadata.annotations![`sitewright/cordoned-by-${by}`] = "true";
  return { ...made, spec: { unschedulable: true } };
};
const isCordoned = (cluster: FakeCluster, name: string) =>
  cluster.objects.find(({ metadata }) => metadata.name === name)!.spec!["unschedulable"] === true;

test("a worker is cordoned and drained, and its Node stays so", async () => {
  const cluster = new FakeCluster([...site(), pod("web-0", "w4")]);
  const said = await prepare(cluster, "w4");
  expect(cluster.events).toEqual(["cordon w4", "drain w4"]);
  expect(said.at(-1)).toMatch(/^w4: out of service, /);
  expect(isCordoned(cluster, "w4")).toBe(true);
});

test("a control plane passes etcd's lead on, and stays a member", async () => {
  const cluster = new FakeCluster(site(), members("c1", "c2", "c3"));
  await prepare(cluster, "c1");
  expect(cluster.events).toEqual(["cordon c1", "drain c1", "etcd move-leader c2"]);
  expect(cluster.members).toHaveLength(3);
});

test("a sole control plane is drained, although no other one can be asked", async () => {
  const cluster = new FakeCluster([node("c1"), etcdPod("c1"), node("w4")], members("c1"));
  await prepare(cluster, "c1");
  expect(cluster.events).toEqual(["cordon c1", "drain c1"]);
});

test.each<[string, ReturnType<typeof node>[], Partial<FakeMember>, RegExp]>([
  ["is not Ready", [node("c3", { ready: "Unknown" })], {}, /the control plane c3 is not Ready/],
  ["is restarted", [cordoned("c3", "restart", "False")], {}, /c3 is not Ready/],
  ["leaves", [cordoned("c3", "leave")], {}, /the control plane c3 leaves the cluster/],
  ["has a dead member", [], { isDead: true }, /no healthy voters:\s+c3: voter, context deadline/],
  ["has a learner", [], { isLearner: true }, /no healthy voters:\s+c3: learner/],
])("a control plane stays while another one %s", async (_, nodes, third, reason) => {
  const [c1, c2, c3] = members("c1", "c2", "c3");
  const cluster = new FakeCluster(site(...nodes), [c1!, c2!, { ...c3!, ...third }]);
  const refused = prepare(cluster, "c1");
  await expect(refused).rejects.toThrow(/^c1 is not restarted; nothing was changed on it\./);
  await expect(refused).rejects.toThrow(reason);
  expect(cluster.events).toEqual([]);
});

test("another control plane that is just coming back is waited for", async () => {
  const cluster = new FakeCluster(site(node("c3", { ready: "False" })), members("c1", "c2", "c3"));
  setTimeout(() => {
    const late = cluster.objects.find(({ metadata }) => metadata.name === "c3")!;
    Object.assign(late, { status: node("c3").status });
  }, 50);
  await prepare(cluster, "c1", { waits: { ...LONG, answer: 20_000 } });
  expect(cluster.events).toContain("drain c1");
});

describe("workers", () => {
  test("are at most so many out of service", async () => {
    const dead = site(node("w5", { ready: "Unknown" }));
    await expect(prepare(new FakeCluster(dead), "w4")).rejects.toThrow(
      /workers that are out of service: w5 \(not Ready\); maintenance\.maxUnavailable allows 1/,
    );
    await prepare(new FakeCluster(dead), "w4", { maxUnavailable: 2 });
    const busy = { maxUnavailable: 2, inFlight: new Set(["w6"]) };
    await expect(prepare(new FakeCluster(dead), "w4", busy)).rejects.toThrow(
      /w5 \(not Ready\), w6 \(being restarted\)/,
    );
    // It makes nothing worse, and may be mended by it.
    const cluster = new FakeCluster(dead);
    expect(await prepare(cluster, "w5")).toEqual([
      "w5: its kubelet is not ready: it is restarted without a drain",
    ]);
    expect(cluster.events).toEqual([]);
  });

  test("that a killed restart has left cordoned take pods again, but for those with a turn of their own", async () => {
    const cluster = new FakeCluster(
      site(cordoned("w4", "restart"), cordoned("w5", "restart"), cordoned("w6", "leave")),
    );
    await prepare(cluster, "w4", { restarted: new Set(["w4", "w5"]) });
    expect(cluster.events).toEqual(["drain w4"]);
    await prepare(cluster, "w4");
    expect(cluster.events.slice(1)).toEqual(["uncordon w5", "drain w4"]);
  });
});

test("a drain that does not end leaves the node as it was", async () => {
  const cluster = new FakeCluster([...site(), pod("web-0", "w4")]);
  cluster.stubborn = ["web-0"];
  await expect(prepare(cluster, "w4")).rejects.toThrow(
    /^w4 was not drained within 1 s; its machine was left as it is/,
  );
  expect(cluster.events.at(-1)).toBe("uncordon w4");
  expect(isCordoned(cluster, "w4")).toBe(false);
});

test("a pod that no controller makes again refuses it", async () => {
  const cluster = new FakeCluster([...site(), pod("bare", "w4", "")]);
  await expect(prepare(cluster, "w4")).rejects.toThrow(/pod apps\/bare runs there/);
  expect(cluster.events).toEqual([]);
});

test("a Node of another machine is left alone", async () => {
  const cluster = new FakeCluster(site(node("w4", { vmId: "another" })));
  expect(await prepare(cluster, "w4")).toEqual([
    "w4: the cluster has no Node of this machine: it is restarted without a drain",
  ]);
  expect(cluster.events).toEqual([]);
});

test("a check changes nothing, and finds what refuses", async () => {
  const cluster = new FakeCluster(site(cordoned("c2", "restart")), members("c1", "c2", "c3"));
  await prepare(cluster, "c1", { checkOnly: true });
  cluster.members[2]!.isDead = true;
  await expect(prepare(cluster, "c1", { checkOnly: true })).rejects.toThrow("no healthy voters");
  expect(cluster.events).toEqual([]);
});
