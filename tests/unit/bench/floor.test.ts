import type { Infra } from "../../../environment/contracts";
import { parseEnvironment } from "../../environment";
import { fastestOrder, type Order } from "../../bench/floor/order";
import {
  type Exported,
  OBJECTS,
  PATCHES,
  type RecordedCluster,
  recordedCluster,
} from "../../bench/floor/recorded";
import { inOrder, onFreshMachines, workloadsOf } from "../../bench/floor/replay";
import { rawSite } from "../environment/site";
import { requestsOf, urnOf } from "../graph";
import { plain } from "../mocks";
import { runProgram } from "../programs";

const raw = rawSite("ha");
const site = parseEnvironment("ha", raw);
const machines = site.nodes.map(({ name }) => name);
const controlPlanes = site.nodes
  .filter(({ role }) => role === "control-plane")
  .map(({ name }) => name);

describe("the steps of the cluster of ha, as the program registers them", () => {
  let cluster: RecordedCluster;
  let order: Order;

  beforeAll(async () => {
    const requests = await requestsOf(() => runProgram("cluster", raw, site));
    cluster = recordedCluster(
      requests.map((request): Exported => ({
        urn: urnOf(request),
        type: request.getType(),
        inputs: plain(request.getObject()?.toJavaScript()) as Exported["inputs"],
        dependencies: request.getDependenciesList(),
      })),
      machines,
    );
    order = fastestOrder(cluster, controlPlanes);
  }, 60_000);

  const of = (kind: string, machine?: string) =>
    cluster.steps.find((step) => step.kind === kind && step.machine === machine)!.name;

  /** All that comes before a step. */
  const before = (name: string, seen = new Set<string>()): Set<string> => {
    for (const one of order.get(name) ?? []) {
      if (!seen.has(one)) {
        seen.add(one);
        before(one, seen);
      }
    }
    return seen;
  };

  test("are recognised: each machine is prepared, and each but the founder joins", () => {
    const kinds = (kind: string) =>
      cluster.steps.filter((step) => step.kind === kind).map(({ machine }) => machine);
    expect(kinds("prepare").sort()).toEqual([...machines].sort());
    expect(kinds("harden").sort()).toEqual([...controlPlanes].sort());
    expect(kinds("initialize")).toEqual([undefined]);
    expect(kinds("join").sort()).toEqual(machines.slice(1).sort());
    expect(kinds("mint").sort()).toEqual(machines.slice(1).sort());
    expect(cluster.objects[0]).toMatchObject({ kind: "Namespace" });
    expect(workloadsOf(cluster.objects)).toContainEqual(
      expect.objectContaining({ kind: "DaemonSet" }),
    );
    expect(cluster.patches.length).toBeGreaterThanOrEqual(machines.length);
  });

  test("are all run, but for the secrets that another control plane's step gives", () => {
    const left = cluster.steps.map(({ name }) => name).filter((name) => !order.has(name));
    expect(left).toHaveLength(controlPlanes.length - 2);
    expect(left.every((name) => /mint-hak8smst/.test(name))).toBe(true);
  });

  test("wait for nothing that is not run, and never for themselves", () => {
    for (const [name, needs] of order) {
      expect(needs.filter((one) => !order.has(one))).toEqual([]);
      expect(before(name).has(name)).toBe(false);
    }
  });

  test("wait for no other machine's preparation, and joins for no other join", () => {
    for (const machine of machines) {
      expect(order.get(of("prepare", machine))).toEqual([]);
    }
    for (const machine of controlPlanes) {
      expect(order.get(of("harden", machine))).toEqual([of("prepare", machine)]);
    }
    for (const machine of machines.slice(1)) {
      const all = before(of("join", machine));
      expect(all.has(of("initialize"))).toBe(true);
      expect(all.has(of("prepare", machine))).toBe(true);
      expect([...all].filter((name) => /join-/.test(name))).toEqual([]);
    }
  });

  test("make objects as soon as there is an API, and change nodes when all have joined", () => {
    expect(order.get(OBJECTS)).toEqual([of("initialize")]);
    const all = before(PATCHES);
    for (const machine of machines.slice(1)) {
      expect(all.has(of("join", machine))).toBe(true);
    }
    expect(all.has("cloud-provider-initialized")).toBe(true);
  });
});

test("tasks run as soon as what they wait for is done, each once, and a failure ends it", async () => {
  const done: string[] = [];
  const order = new Map([
    ["last", ["left", "right"]],
    ["left", ["first"]],
    ["right", ["first"]],
    ["first", []],
  ]);
  await inOrder(order, async (name) => {
    done.push(name);
  });
  expect(done).toEqual(["first", "left", "right", "last"]);
  const failing = inOrder(order, (name) =>
    name === "left" ? Promise.reject(new Error("left has failed")) : Promise.resolve(),
  );
  await expect(failing).rejects.toThrow("left has failed");
});

test("a text says of the fresh machines what it said of the recorded ones", () => {
  const machine = { name: "a", zone: "lan", address: "172.30.110.61" };
  const of = (vmId: string, hostKey: string) =>
    ({ loadBalancers: [], nodes: [{ ...machine, vmId, hostKey }] }) as unknown as Infra;
  const places = {
    recorded: of("uuid-1", "ssh-ed25519 OLD\n"),
    fresh: of("uuid-2", "ssh-ed25519 NEW"),
  };
  expect(onFreshMachines("machine uuid-1, pinned ssh-ed25519 OLD", places)).toBe(
    "machine uuid-2, pinned ssh-ed25519 NEW",
  );
});
