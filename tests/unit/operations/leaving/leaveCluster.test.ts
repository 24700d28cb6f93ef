import { OperatorError } from "../../../../lib/operatorError";
import { leaveCluster, type LeaveOptions } from "../../../../operations/leaving/leaveCluster";
import { FakeCluster, type FakeMember } from "./cluster";
import { backupOf, consulSet, etcdPod, localData, machine, node, pod } from "./objects";
import type * as virtualTime from "../../virtualTime";

jest.mock("node:timers/promises", () =>
  jest.requireActual<typeof virtualTime>("../../virtualTime").timers(),
);

const SHORT = { answer: 30, health: 5, detach: 30, volumes: 60, progress: 5, interval: 1 };
/** What never ends on a slow machine. */
const LONG = { ...SHORT, answer: 20_000, detach: 20_000, volumes: 20_000 };
const TAINT = "node.kubernetes.io/out-of-service=sitewright:NoExecute";

/** Lets a machine leave and returns what was said. */
async function leave(
  cluster: FakeCluster,
  name: string,
  options: Partial<LeaveOptions> & { isLost?: boolean } = {},
): Promise<string[]> {
  const { isLost = false, ...rest } = options;
  const said: string[] = [];
  await leaveCluster(cluster, machine(name), {
    ...{ drainSeconds: 1, waits: LONG, givenUp: new Set() },
    say: (line) => said.push(line),
    findLost: () => Promise.resolve(isLost ? [{ name, address: machine(name).address }] : []),
    ...rest,
  });
  return said;
}

const members = (...names: string[]): FakeMember[] =>
  names.map((name, index) => ({
    // More than a number holds: rounded ids would be those of no member.
    id: 18_000_000_000_000_000_001n + BigInt(index),
    ...{ name, address: machine(name).address },
  }));
/** Control planes c1 to c3 and workers w4 to w6. */
const site = (...more: object[]) => [
  ...["c1", "c2", "c3"].flatMap((name) => [node(name), etcdPod(name)]),
  ...["w4", "w5", "w6"].map((name) => node(name)),
  ...more,
];

describe("a worker", () => {
  test("is cordoned, drained and deleted, and each step is said", async () => {
    const cluster = new FakeCluster(site(pod("web-0", "w4")));
    const said = await leave(cluster, "w4");
    expect(cluster.events).toEqual(["cordon w4", "drain w4", "delete Node w4"]);
    expect(said).toEqual([
      "w4: draining, pods to evict: 1, within 1 s",
      expect.stringMatching(/^w4: drained, \d+ s$/),
      expect.stringMatching(/^w4: its Node is deleted, /),
      expect.stringMatching(/^w4: has left the cluster, /),
    ]);
  });

  test("that has left is left alone", async () => {
    const cluster = new FakeCluster(site());
    await leave(cluster, "w4");
    cluster.events.length = 0;
    await leave(cluster, "w4");
    expect(cluster.events).toEqual([]);
  });

  test("another machine's Node of its name stays", async () => {
    const others = node("w7", { vmId: "another" });
    const cluster = new FakeCluster(site(others, pod("web-0", "w7")));
    expect(await leave(cluster, "w7")).toContain(
      "w7: the Node of this name is another machine's and stays: it was made for the machine another, this one is vm-of-w7",
    );
    expect(cluster.events).toEqual([]);
  });

  test("that never drains stays, with its pods and budgets named, and takes pods again", async () => {
    const budget = {
      kind: "PodDisruptionBudget",
      metadata: { name: "never", namespace: "apps" },
      spec: { selector: { matchLabels: { app: "web" } } },
      status: { disruptionsAllowed: 0 },
    };
    const cluster = new FakeCluster(site(pod("web-0", "w4"), pod("api-0", "w4"), budget));
    cluster.stubborn = ["web-0"];
    await expect(leave(cluster, "w4")).rejects.toThrow(
      /^w4 was not drained within 1 s; its machine was left as it is\.\n {2}where: pod apps\/web-0: kept by the PodDisruptionBudget apps\/never[\s\S]*violate/,
    );
    expect(cluster.events.filter((event) => event !== "drain w4")).toEqual([
      "cordon w4",
      "uncordon w4",
    ]);
  });

  test("that someone has cordoned stays cordoned when its drain fails", async () => {
    const cordoned = { ...node("w7"), spec: { unschedulable: true } };
    const cluster = new FakeCluster(site(cordoned, pod("web-0", "w7")));
    cluster.stubborn = ["web-0"];
    await expect(leave(cluster, "w7")).rejects.toThrow("w7 was not drained");
    expect(new Set(cluster.events)).toEqual(new Set(["drain w7"]));
  });

  test("whose disks are not detached stays, and they are named", async () => {
    const attached = {
      kind: "VolumeAttachment",
      metadata: { name: "csi-1" },
      spec: { nodeName: "w4" },
    };
    const others = { ...attached, metadata: { name: "csi-2" }, spec: { nodeName: "w5" } };
    const cluster = new FakeCluster(site(attached, others));
    await expect(leave(cluster, "w4", { waits: SHORT })).rejects.toThrow(
      /1 disks of w4 were not detached[\s\S]*volumeattachment csi-1\n/,
    );
    expect(cluster.events).toEqual(["cordon w4", "drain w4", "uncordon w4"]);
  });

  test("whose kubelet is not ready, though its machine answers, is named so at the deadline", async () => {
    const cluster = new FakeCluster(site(node("w7", { ready: "Unknown" }), pod("web-0", "w7")));
    cluster.stubborn = ["web-0"];
    await expect(leave(cluster, "w7")).rejects.toThrow(/its kubelet is not ready/);
    expect(cluster.events).not.toContain("delete Node w7");
    expect(cluster.events).not.toContain(`taint w7 ${TAINT}`);
  });
});

describe("refused with all reasons at once, before anything is changed", () => {
  test("pods without a controller, and data that is there alone", async () => {
    const cluster = new FakeCluster(
      site(pod("bare", "w4", ""), ...localData("data-consul-0", "w4"), backupOf("consul")),
    );
    await expect(leave(cluster, "w4")).rejects.toThrow(
      /^w4 does not leave the cluster; nothing was changed\.\n[\s\S]*apps\/bare[\s\S]*apps\/data-consul-0[\s\S]*make up GIVE_UP_VOLUMES=w4/,
    );
    expect(cluster.events).toEqual([]);
  });

  test("the last control plane", async () => {
    const cluster = new FakeCluster([node("c1"), etcdPod("c1"), node("w4")], members("c1"));
    await expect(leave(cluster, "c1")).rejects.toThrow("c1 is the last control plane");
    expect(cluster.events).toEqual([]);
  });

  test.each<[string, Partial<FakeMember>, string]>([
    ["dead", { isDead: true }, "c3: voter, context deadline exceeded"],
    ["a learner", { isLearner: true }, "c3: learner"],
    [
      "never started",
      { name: "", isLearner: true },
      "the member at https://10.0.0.3:2380: learner",
    ],
  ])("a control plane while another member is %s", async (_, change, text) => {
    const [c1, c2, c3] = members("c1", "c2", "c3");
    const cluster = new FakeCluster(site(), [c1!, c2!, { ...c3!, ...change }]);
    await expect(leave(cluster, "c1", { waits: SHORT })).rejects.toThrow(text);
    expect(cluster.events).toEqual([]);
  });

  test("a control plane while no other pod of etcd can be asked", async () => {
    const cluster = new FakeCluster(
      [node("c1"), etcdPod("c1"), node("c2"), etcdPod("c2", "False")],
      members("c1", "c2"),
    );
    await expect(leave(cluster, "c1", { waits: SHORT })).rejects.toThrow(
      "No pod of etcd is ready on another control plane",
    );
    expect(cluster.events).toEqual([]);
  });
});

describe("volumes that are given up", () => {
  const objects = [
    ...localData("data-consul-0", "w4"),
    ...localData("data-consul-1", "w5"),
    consulSet(),
    pod("consul-0", undefined, "StatefulSet", "data-consul-0"),
  ];
  const givenUp = new Set(["w4"]);

  test("end after the drain, with the pod that waits for them", async () => {
    const cluster = new FakeCluster(site(...objects));
    const said = await leave(cluster, "w4", { givenUp });
    expect(cluster.events).toEqual([
      "cordon w4",
      "drain w4",
      "delete PersistentVolumeClaim data-consul-0",
      "delete Pod consul-0",
      "delete PersistentVolume pv-data-consul-0",
      "delete Node w4",
    ]);
    expect(said).toContain(
      "w4: given up: claim apps/data-consul-0 of consul; the StatefulSet consul makes it again",
    );
  });

  test("a volume that a provisioner has made is left to it for a while, and let go then", async () => {
    const [claim, volume] = localData("data-consul-0", "w4");
    const made = {
      ...volume!,
      metadata: {
        name: "pv-data-consul-0",
        annotations: { "pv.kubernetes.io/provisioned-by": "rancher.io/local-path" },
      },
    };
    const cluster = new FakeCluster(site(claim!, made));
    const said = await leave(cluster, "w4", {
      givenUp,
      waits: { ...LONG, volumes: 300, progress: 20 },
    });
    expect(said.join("\n")).toContain("waiting for the end of volume pv-data-consul-0");
    expect(cluster.events).toContain("delete PersistentVolume pv-data-consul-0");
  });

  test("another node's word does not count", async () => {
    const cluster = new FakeCluster(site(...objects));
    await expect(leave(cluster, "w4", { givenUp: new Set(["w5"]) })).rejects.toThrow(
      "does not leave",
    );
  });

  test("a rerun lets go of what the one before has left", async () => {
    const [, released] = localData("data-consul-0", "w4", { phase: "Released" });
    const cluster = new FakeCluster(site(released!));
    await leave(cluster, "w4");
    expect(cluster.events).toContain("delete PersistentVolume pv-data-consul-0");
  });
});

describe("a control plane", () => {
  const three = () => new FakeCluster(site(), members("c1", "c2", "c3"));

  test("asks no pod of a control plane that has left a moment ago, which the API still calls ready", async () => {
    const cluster = new FakeCluster([etcdPod("c9"), ...site()], members("c1", "c2", "c3"));
    await leave(cluster, "c1");
    expect(cluster.events).toContain("etcd member remove c1");
  });

  test("passes the lead on, and leaves etcd before its Node goes", async () => {
    const cluster = three();
    await leave(cluster, "c1");
    expect(cluster.events).toEqual([
      "cordon c1",
      "drain c1",
      "etcd move-leader c2",
      "etcd member remove c1",
      "delete Node c1",
    ]);
  });

  test("that does not lead only leaves; so two are passed through to one", async () => {
    const cluster = three();
    await leave(cluster, "c3");
    await leave(cluster, "c2");
    expect(cluster.events.filter((event) => event.startsWith("etcd"))).toEqual([
      "etcd member remove c3",
      "etcd member remove c2",
    ]);
    await expect(leave(cluster, "c1")).rejects.toThrow("last control plane");
  });

  test("whose Node is gone leaves etcd, also one that has never started", async () => {
    const [c1, c2, c3] = members("c1", "c2", "c3");
    for (const own of [c1!, { ...c1!, name: "", isLearner: true, isDead: true }]) {
      const objects = site().filter(
        (one) => !["c1", "etcd-c1"].includes((one as ReturnType<typeof node>).metadata.name),
      );
      const cluster = new FakeCluster(objects, [c2!, c3!, own]);
      await leave(cluster, "c1", { waits: { ...LONG, health: 5 } });
      expect(cluster.events).toEqual([`etcd member remove ${own.name || "10.0.0.1"}`]);
    }
  });

  test("that is dead leaves while the others have the quorum", async () => {
    const [c1, c2, c3] = members("c1", "c2", "c3");
    const objects = site().map((one) =>
      (one as ReturnType<typeof node>).metadata.name === "c1"
        ? node("c1", { ready: "Unknown" })
        : one,
    );
    const cluster = new FakeCluster(objects, [{ ...c1!, isDead: true }, c2!, c3!]);
    await leave(cluster, "c1", { isLost: true, waits: { ...LONG, health: 5 } });
    expect(cluster.events).toEqual([
      "cordon c1",
      `taint c1 ${TAINT}`,
      "etcd member remove c1",
      "delete Node c1",
    ]);
  });

  test("a machine that has its name and address now keeps its member", async () => {
    const objects = site().map((one) =>
      (one as ReturnType<typeof node>).metadata.name === "c1"
        ? node("c1", { vmId: "another" })
        : one,
    );
    const cluster = new FakeCluster(objects, members("c1", "c2", "c3"));
    await leave(cluster, "c1");
    expect(cluster.events).toEqual([]);
  });

  test("leaves although the API fails now and then", async () => {
    const cluster = three();
    const failed = new Set<string>();
    cluster.onChange = (event) => {
      if (!failed.has(event)) {
        failed.add(event);
        throw new OperatorError({ what: "kubectl failed.", why: "EOF", next: "again" });
      }
    };
    await leave(cluster, "c1", { drainSeconds: 20 });
    expect(cluster.members.map(({ name }) => name)).toEqual(["c2", "c3"]);
    expect(await cluster.find("node", { name: "c1" })).toBeUndefined();
  });

  test("killed before any change, it leaves in the next run", async () => {
    const whole = new FakeCluster(site(...consulData()), members("c1", "c2", "c3"));
    await leave(whole, "c1", { givenUp: new Set(["c1"]), waits: LONG });
    expect(whole.events.length).toBeGreaterThan(6);
    for (let step = 0; step < whole.events.length; step++) {
      const cluster = new FakeCluster(site(...consulData()), members("c1", "c2", "c3"));
      let done = 0;
      let isDead = false;
      cluster.onChange = () => {
        // A process that is killed does nothing more, not even in its finally.
        isDead ||= done++ === step;
        if (isDead) {
          throw new Error("killed");
        }
      };
      const options = { givenUp: new Set(["c1"]), waits: LONG };
      await expect(leave(cluster, "c1", options)).rejects.toThrow("killed");
      cluster.onChange = () => undefined;
      await leave(cluster, "c1", options);
      expect(cluster.members.map(({ name }) => name)).toEqual(["c2", "c3"]);
      expect(cluster.objects.map(({ metadata }) => metadata.name)).not.toContain("c1");
      expect(cluster.objects.map(({ metadata }) => metadata.name)).not.toContain(
        "pv-data-consul-0",
      );
    }
  });
});

/** Data on a control plane, and the pod that waits for it after the drain. */
function consulData(): object[] {
  return [
    ...localData("data-consul-0", "c1"),
    consulSet(),
    pod("consul-0", undefined, "StatefulSet", "data-consul-0"),
  ];
}

describe("a lost worker", () => {
  test("is put out of service instead of drained, and its data is let go", async () => {
    const cluster = new FakeCluster(
      site(
        node("w7", { ready: "Unknown" }),
        pod("web-0", "w7"),
        pod("bare", "w7", ""),
        ...localData("data-consul-0", "w7"),
        backupOf("consul"),
      ),
    );
    await expect(leave(cluster, "w7", { isLost: true })).rejects.toThrow("GIVE_UP_VOLUMES=w7");
    expect(cluster.events).toEqual([]);
    await leave(cluster, "w7", { isLost: true, givenUp: new Set(["w7"]) });
    expect(cluster.events).toEqual([
      "cordon w7",
      `taint w7 ${TAINT}`,
      "delete PersistentVolumeClaim data-consul-0",
      "delete PersistentVolume pv-data-consul-0",
      "delete Node w7",
    ]);
  });

  test("that is lost during its drain, too", async () => {
    const cluster = new FakeCluster(site(node("w7"), pod("web-0", "w7")));
    cluster.stubborn = ["web-0"];
    cluster.onChange = (event) => {
      if (event === "drain w7") {
        const found = cluster.objects.find(({ metadata }) => metadata.name === "w7");
        Object.assign(found!, { status: node("w7", { ready: "Unknown" }).status });
      }
      if (event.startsWith("taint")) {
        cluster.stubborn = [];
      }
    };
    await leave(cluster, "w7", { isLost: true, drainSeconds: 600 });
    expect(cluster.events).toEqual([
      "cordon w7",
      "drain w7",
      `taint w7 ${TAINT}`,
      "delete Node w7",
    ]);
  });
});
