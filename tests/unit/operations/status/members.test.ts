import type { Infra } from "../../../../environment/contracts";
import type { LeavingNode } from "../../../../operations/leaving/ownNode";
import { machinesSection } from "../../../../operations/status/machines";
import { membersSection } from "../../../../operations/status/members";
import { observeMembers } from "../../../../operations/status/observedMembers";
import { FakeCluster, type FakeMember } from "../leaving/cluster";
import { addressOf, etcdPod, machine, node } from "../leaving/objects";

type Made = Infra["nodes"][number];

const made = (name: string): Made => ({ ...machine(name), zone: "lan", hostKey: "ssh-ed25519 A" });
const member = (name: string, more: Partial<FakeMember> = {}): FakeMember => ({
  ...{ id: 2n ** 63n + BigInt(name.slice(1)), name, address: addressOf(name) },
  ...more,
});
const apiServer = (name: string, ready = "True") => ({
  ...etcdPod(name, ready),
  metadata: {
    ...{ name: `kube-apiserver-${name}`, namespace: "kube-system" },
    labels: { component: "kube-apiserver" },
  },
});

const NAMES = ["c1", "c2", "c3"];

/** A site with three control planes and a worker, with what differs from one that is well. */
async function judge({
  nodes = [...NAMES, "w4"].map((name) => node(name)),
  members = NAMES.map((name) => member(name)),
  etcdPods = NAMES.map((name) => etcdPod(name)),
  apiServers = NAMES.map((name) => apiServer(name)),
  listed = [...NAMES, "w4"],
  held = [] as string[],
}: {
  nodes?: LeavingNode[];
  members?: FakeMember[];
  etcdPods?: object[];
  apiServers?: object[];
  listed?: string[];
  held?: string[];
} = {}) {
  const cluster = new FakeCluster([...nodes, ...etcdPods, ...apiServers], members);
  const site = { nodes: listed.map(made), held: held.map(made) };
  const section = membersSection(site, await observeMembers(cluster, nodes), "ha");
  expect(cluster.events).toEqual([]);
  return section;
}

test("a cluster whose members are all well misses nothing", async () => {
  expect(await judge()).toEqual({ text: "", missing: [], warnings: [] });
});

test("healthy members of etcd are asked once for all, with two lists beside", async () => {
  const nodes = NAMES.map((name) => node(name));
  const cluster = new FakeCluster(
    [...nodes, ...NAMES.map((name) => etcdPod(name))],
    NAMES.map((name) => member(name)),
  );
  const exec = jest.spyOn(cluster, "exec");
  const list = jest.spyOn(cluster, "list");
  const { etcd } = await observeMembers(cluster, nodes);
  expect(etcd).toEqual(
    NAMES.map((name) => ({ member: expect.objectContaining({ name }) as unknown })),
  );
  expect(exec).toHaveBeenCalledTimes(2);
  expect(list).toHaveBeenCalledTimes(2);
});

test("a member that does not answer is named alone, with what to do", async () => {
  const members = [member("c1"), member("c2", { isDead: true }), member("c3")];
  expect(await judge({ members })).toEqual({
    text: "",
    missing: [
      "the member c2 of etcd is not healthy (context deadline exceeded): " +
        "kubectl --namespace kube-system logs etcd-c2, and journalctl --unit kubelet on c2, say why; " +
        "if its machine is lost for good, give it another generation in site:nodes, then make up ENV=ha",
    ],
    warnings: [],
  });
});

test("a learner, and one that has never started", async () => {
  const learner = [member("c1"), member("c2"), member("c3", { isLearner: true })];
  expect((await judge({ members: learner })).missing).toEqual([
    "the member c3 of etcd is a learner, without a vote: its join has not ended; make up STACK=cluster ENV=ha repeats it",
  ]);
  const unstarted = [member("c1"), member("c2"), member("c3", { name: "" })];
  expect((await judge({ members: unstarted })).missing).toEqual([
    "the member at https://10.0.0.3:2380 of etcd, c3, has never started: make up STACK=cluster ENV=ha joins it again",
  ]);
});

test("a member without a control plane is removed by a command on a healthy one", async () => {
  const members = [
    member("c1", { isDead: true }),
    ...[member("c2"), member("c3"), member("c9", { isDead: true })],
  ];
  const { missing } = await judge({ members, etcdPods: [etcdPod("c2"), etcdPod("c3")] });
  expect(missing).toEqual([
    expect.stringMatching(/^the member c1 of etcd is not healthy/),
    "etcd has the member c9 (a voter, not healthy), and the site has no such control plane: make up ENV=ha; " +
      "if it stays, and all other members are healthy: kubectl --namespace kube-system exec etcd-c2 -- etcdctl " +
      "--endpoints https://127.0.0.1:2379 --cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/server.crt " +
      "--key /etc/kubernetes/pki/etcd/server.key --write-out=json member remove 8000000000000009",
  ]);
});

test("a control plane without a member", async () => {
  expect((await judge({ members: [member("c1"), member("c2")] })).missing).toEqual([
    "control plane c3 has no member of etcd: give it another generation in site:nodes, then make up ENV=ha replaces it",
  ]);
});

test("members that cannot be told are no reason to say that control planes lack them", async () => {
  const etcdPods = NAMES.map((name) => etcdPod(name, "False"));
  expect((await judge({ etcdPods })).missing).toEqual([
    expect.stringMatching(
      /^the members of etcd cannot be told: No pod of etcd is ready.*--selector component=etcd/,
    ),
  ]);
});

test("a machine without a Node, and a Node without a machine", async () => {
  const nodes = [...NAMES, "w5"].map((name) => node(name));
  expect((await judge({ nodes })).missing).toEqual([
    "machine w4 has no Node in the cluster: make up STACK=cluster ENV=ha joins it",
    "the Node w5 has no machine of the site: make up ENV=ha takes out what these programs have joined; if it stays, " +
      "kubectl drain w5 --ignore-daemonsets --delete-emptydir-data, then kubectl delete node w5",
  ]);
});

test("a Node of another machine", async () => {
  const nodes = [...NAMES.map((name) => node(name)), node("w4", { vmId: "former" })];
  expect((await judge({ nodes })).missing).toEqual([
    "the Node w4 is another machine's (it was made for the machine former, this one is vm-of-w4): " +
      "make up STACK=cluster ENV=ha joins this one in its place",
  ]);
});

test("a node that a killed leave has cordoned, and not one that a person has, or has taken back", async () => {
  const cordonedBy = (name: string, { leave = false, unschedulable = true }): LeavingNode => {
    const own = node(name);
    Object.assign(own.metadata.annotations!, leave && { "sitewright/cordoned-by-leave": "true" });
    return { ...own, spec: { unschedulable } };
  };
  const nodes = [
    cordonedBy("c1", {}),
    cordonedBy("c2", { leave: true, unschedulable: false }),
    ...[node("c3"), cordonedBy("w4", { leave: true })],
  ];
  expect((await judge({ nodes })).missing).toEqual([
    "node w4 takes no pods, since a leave that did not end has cordoned it: make up ENV=ha uses it again, or ends its leave",
  ]);
  // It leaves now.
  expect(await judge({ nodes, listed: NAMES, held: ["w4"] })).toMatchObject({
    missing: [],
    warnings: [expect.stringMatching(/^infra keeps the machine w4/)],
  });
});

test("held machines are members as long as they have not left", async () => {
  const section = await judge({ listed: ["c1", "w4"], held: ["c2", "c3"] });
  expect(section).toEqual({
    text: "",
    missing: [],
    warnings: [
      "infra keeps the machine c2 (10.0.0.2) until the cluster has let it go: make up ENV=ha goes on with that",
      "infra keeps the machine c3 (10.0.0.3) until the cluster has let it go: make up ENV=ha goes on with that",
    ],
  });
});

test("an even number of control planes is a warning", async () => {
  const section = await judge({
    nodes: ["c1", "c2", "w4"].map((name) => node(name)),
    members: [member("c1"), member("c2")],
    listed: ["c1", "w4"],
    held: ["c2"],
  });
  expect(section).toMatchObject({
    missing: [],
    warnings: [
      expect.stringMatching(/^infra keeps the machine c2/),
      "the cluster has 2 control planes at the moment, which survive no more losses than 1: make up ENV=ha goes on to the number that is listed",
    ],
  });
});

test("an API server that is not ready, or not there, on a node that is ready", async () => {
  const apiServers = [apiServer("c1"), apiServer("c2", "False")];
  const text = (name: string) =>
    `the API server of ${name} does not answer at its own address ${addressOf(name)}, others do: ` +
    `kubectl --namespace kube-system logs kube-apiserver-${name}, and journalctl --unit kubelet on ${name}, say why; ` +
    "what was changed by hand there: make drift ENV=ha, then make up ENV=ha";
  expect((await judge({ apiServers })).missing).toEqual([text("c2"), text("c3")]);
  const nodes = [node("c1"), node("c2", { ready: "Unknown" }), node("c3"), node("w4")];
  expect((await judge({ apiServers, nodes })).missing).toEqual([text("c3")]);
});

describe("the table of machines", () => {
  const site = { nodes: [made("c1"), made("w4")], held: [made("w5")], loadBalancers: [] };
  const table = (readiness?: Map<string, { ready: string; version: string }>) =>
    machinesSection(site as unknown as Infra, readiness);

  test("has held machines, too", () => {
    const readiness = new Map([
      ["c1", { ready: "Ready", version: "v1.36.3" }],
      ["w5", { ready: "NodeStatusUnknown", version: "v1.36.3" }],
    ]);
    expect(table(readiness)).toEqual({
      text:
        "MACHINE  ROLE           ZONE  ADDRESS   STATE                       KUBELET\n" +
        "c1       control-plane  lan   10.0.0.1  Ready                       v1.36.3\n" +
        "w4       worker         lan   10.0.0.4  not joined                  -\n" +
        "w5       worker         lan   10.0.0.5  NodeStatusUnknown, leaving  v1.36.3",
      missing: [],
      warnings: [],
    });
  });

  test("names nodes that are not ready", () => {
    const readiness = new Map([["w4", { ready: "KubeletNotReady", version: "v1.36.3" }]]);
    expect(table(readiness).missing).toEqual(["node w4 is KubeletNotReady"]);
  });

  test("says of no node how it is when the API does not answer", () => {
    const { text, missing } = table();
    expect(text).not.toContain("not joined");
    expect(missing).toEqual([]);
  });
});
