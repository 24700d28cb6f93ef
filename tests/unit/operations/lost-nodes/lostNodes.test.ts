import { EventEmitter } from "node:events";
import net from "node:net";

import { OperatorError } from "../../../../lib/operatorError";
import { undoInterruptedScaling } from "../../../../operations/backups/scale";
import { findLostNodes, type Node, standingOf } from "../../../../operations/lost-nodes/lostNodes";
import {
  heldBy,
  isBackInService,
  letGoOfPods,
  whileOutOfService,
} from "../../../../operations/lost-nodes/outOfService";
import { silentHosts } from "../../../../operations/lost-nodes/reachability";
import { FakeCluster } from "../cluster";

const TAINT = "node.kubernetes.io/out-of-service=sitewright:NoExecute";

const node = (name: string, ready: string, taints: object[] = []): Node & { kind: "Node" } => ({
  kind: "Node",
  metadata: { name },
  spec: { taints: taints as [] },
  status: {
    addresses: [{ type: "InternalIP", address: `address-of-${name}` }],
    conditions: [{ type: "Ready", status: ready }],
  },
});
const pod = (name: string, nodeName: string, more: { spec?: object; metadata?: object } = {}) => ({
  kind: "Pod",
  metadata: { name, namespace: "prd", ...more.metadata },
  spec: { nodeName, ...more.spec },
});
const ours = { key: "node.kubernetes.io/out-of-service", value: "sitewright", effect: "NoExecute" };

test.each([
  ["True", true, "well"],
  ["False", true, "unready"],
  ["Unknown", true, "unready"],
  ["Unknown", false, "lost"],
  ["True", false, "missed"],
  ["False", false, "missed"],
] as const)(
  "a node that is Ready %s and whose machine answers: %s is %s",
  (ready, is, standing) => {
    expect(standingOf(node("a", ready), is)).toBe(standing);
  },
);

describe("lost nodes", () => {
  /** Finds them among nodes that change from look to look; the addresses that do not answer at each look, the last one for ever. */
  async function find(
    looks: { nodes: Node[]; silent?: string[] }[],
    comingBack = 40,
    missing = comingBack,
  ) {
    let look = -1;
    const now = () => looks[Math.min(look, looks.length - 1)];
    const said: string[] = [];
    const list = () => {
      look += 1;
      return Promise.resolve(now().nodes as never[]);
    };
    const call = () =>
      Promise.resolve(new Set((now().silent ?? []).map((name) => `address-of-${name}`)));
    const patience = { comingBack, missing, interval: 5 };
    const lost = await findLostNodes({ list }, (line) => said.push(line), patience, call);
    return { lost: lost.map(({ name }) => name), said, looks: look + 1 };
  }

  test("where all answer, one look is enough", async () => {
    const found = await find([{ nodes: [node("a", "True"), node("b", "True")] }]);
    expect(found).toEqual({ lost: [], said: [], looks: 1 });
  });

  test("one is named at once, and lost when it has not come back", async () => {
    const nodes = [node("a", "True"), node("b", "Unknown")];
    const { lost, said, looks } = await find([{ nodes, silent: ["b"] }], 1_000);
    expect(lost).toEqual(["b"]);
    expect(said).toEqual(["Node b does not answer at address-of-b."]);
    expect(looks).toBeGreaterThan(2);
  });

  test("one whose kubelet the API server has not missed yet is waited for", async () => {
    const looks = [
      { nodes: [node("b", "True")], silent: ["b"] },
      { nodes: [node("b", "Unknown")], silent: ["b"] },
    ];
    expect((await find(looks, 0, 10_000)).lost).toEqual(["b"]);
    expect((await find(looks, 0, 0)).lost).toEqual([]);
  });

  test("one that comes back is not lost", async () => {
    const { lost } = await find(
      [{ nodes: [node("b", "Unknown")], silent: ["b"] }, { nodes: [node("b", "Unknown")] }],
      10_000,
    );
    expect(lost).toEqual([]);
  });

  test("one that is not ready and answers is reported, and left alone", async () => {
    const { lost, said } = await find([{ nodes: [node("b", "Unknown")] }]);
    expect(lost).toEqual([]);
    expect(said).toEqual(["Node b is not ready, but its machine answers: it is left as it is."]);
  });

  test("one that is unreachable from here is not lost as long as the API server hears of it", async () => {
    const { lost, said } = await find([{ nodes: [node("b", "True")], silent: ["b"] }]);
    expect(lost).toEqual([]);
    expect(said.at(-1)).toBe("Its kubelet reports to the API, though: b is left as it is.");
  });
});

describe("addresses", () => {
  const patience = { connect: 500, tries: 2, pause: 1 };

  /** A connection that ends so. */
  const ending = (event: string, code?: string) => () => {
    const socket = Object.assign(new EventEmitter(), { destroy: () => undefined });
    setImmediate(() => socket.emit(event, Object.assign(new Error(code), { code })));
    return socket as never;
  };
  afterEach(() => jest.restoreAllMocks());

  test.each([
    ["connect", undefined],
    ["error", "ECONNREFUSED"],
  ])("one that ends a call with %s %s is there", async (event, code) => {
    const connect = jest.spyOn(net, "connect").mockImplementation(ending(event, code));
    expect(await silentHosts(["a", "a"], [22], patience)).toEqual(new Set());
    expect(connect).toHaveBeenCalledTimes(1);
  });

  test.each([
    ["timeout", undefined],
    ["error", "EHOSTUNREACH"],
    ["error", "ETIMEDOUT"],
  ])("one that ends every call with %s %s is silent", async (event, code) => {
    const connect = jest.spyOn(net, "connect").mockImplementation(ending(event, code));
    expect(await silentHosts(["a"], [22, 10_250], patience)).toEqual(new Set(["a"]));
    expect(connect).toHaveBeenCalledTimes(4);
  });
});

describe("a node out of service", () => {
  const lost = [{ name: "b", address: "10.0.0.2" }];

  test("is tainted while something is done, and named", async () => {
    const cluster = new FakeCluster([node("a", "True"), node("b", "Unknown", [ours])]);
    const said: string[] = [];
    await whileOutOfService(
      cluster,
      lost,
      () => {
        cluster.events.push("work");
        return Promise.resolve();
      },
      (line) => said.push(line),
    );
    expect(cluster.events).toEqual([`taint b ${TAINT}`, "work", `taint b ${TAINT}-`]);
    expect(said).toEqual([expect.stringMatching(/^Node b is lost: .*10\.0\.0\.2/)]);
  });

  test("is not left so when that fails, nor is the cause hidden", async () => {
    const cluster = new FakeCluster([node("b", "Unknown", [ours])]);
    const fails = () => Promise.reject(new Error("the cause"));
    await expect(whileOutOfService(cluster, lost, fails, () => undefined)).rejects.toThrow(
      "the cause",
    );
    expect(cluster.events.at(-1)).toBe(`taint b ${TAINT}-`);
    jest.spyOn(cluster, "list").mockRejectedValue(new OperatorError({ what: "no", next: "" }));
    await expect(whileOutOfService(cluster, lost, fails, () => undefined)).rejects.toThrow(
      "the cause",
    );
  });

  test("keeps a taint that another program has set", async () => {
    const theirs = { ...ours, value: "nodeshutdown" };
    const cluster = new FakeCluster([node("b", "Unknown", [theirs])]);
    await whileOutOfService(cluster, [], () => Promise.resolve());
    expect(cluster.events).toEqual([]);
  });

  test("is used again by the next up after a destroy that was killed, once it is ready", async () => {
    expect(isBackInService(node("b", "Unknown", [ours]))).toBe(false);
    const cluster = new FakeCluster([
      node("a", "True"),
      node("b", "True", [ours]),
      node("c", "Unknown", [ours]),
    ]);
    jest.spyOn(console, "log").mockImplementation();
    await undoInterruptedScaling(cluster);
    jest.restoreAllMocks();
    expect(cluster.events).toEqual([`taint b ${TAINT}-`]);
  });

  test("a killed leave leaves a cordoned node, which takes pods again once it is ready", async () => {
    const cordoned = (name: string, ready: string) => ({
      ...node(name, ready),
      metadata: { name, annotations: { "sitewright/cordoned-by-leave": "true" } },
    });
    const cluster = new FakeCluster([
      node("a", "True"),
      cordoned("b", "True"),
      cordoned("c", "Unknown"),
    ]);
    jest.spyOn(console, "log").mockImplementation();
    await undoInterruptedScaling(cluster);
    jest.restoreAllMocks();
    expect(cluster.events).toEqual(["uncordon b"]);
  });
});

describe("what a lost node has", () => {
  const lost = [{ name: "b", address: "10.0.0.2" }];
  const agent = pod("agent", "b", { spec: { tolerations: [{ operator: "Exists" }] } });
  const mirror = pod("static", "b", {
    metadata: { annotations: { "kubernetes.io/config.mirror": "x" } },
  });
  const attached = {
    kind: "VolumeAttachment",
    metadata: { name: "csi-1" },
    spec: { nodeName: "b" },
  };

  test("are its pods and disks, without what no taint drives away", () => {
    const tolerant = pod("picky", "b", {
      spec: { tolerations: [{ operator: "Exists", key: "node.kubernetes.io/unreachable" }] },
    });
    const pods = [pod("web-0", "b"), pod("web-1", "a"), tolerant, agent, mirror];
    expect(heldBy(lost, pods, [attached, { ...attached, spec: { nodeName: "a" } }])).toEqual([
      "pod prd/web-0 on b",
      "pod prd/picky on b",
      "disk csi-1 at b",
    ]);
  });

  test("is let go in one line each, and waited for", async () => {
    const cluster = new FakeCluster([pod("web-0", "b"), agent, attached]);
    const said: string[] = [];
    const list = cluster.list.bind(cluster);
    let looks = 0;
    jest.spyOn(cluster, "list").mockImplementation((kinds, selection) => {
      looks += 1;
      if (looks > 6) {
        cluster.objects.splice(0);
      }
      return list(kinds, selection);
    });
    await letGoOfPods(cluster, lost, (line) => said.push(line), { release: 10_000, interval: 1 });
    expect(said).toEqual(["Let go: pod prd/web-0 on b", "Let go: disk csi-1 at b"]);
  });

  test("that does not go is named at the deadline", async () => {
    const cluster = new FakeCluster([pod("web-0", "b")]);
    await expect(
      letGoOfPods(cluster, lost, () => undefined, { release: 20, interval: 1 }),
    ).rejects.toThrow(/nothing was deleted\.[\s\S]*pod prd\/web-0 on b/);
  });
});
