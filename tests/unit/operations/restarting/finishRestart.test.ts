import { OperatorError } from "../../../../lib/operatorError";
import { finishRestart } from "../../../../operations/restarting/finishRestart";
import { FakeCluster } from "../leaving/cluster";
import { etcdPod, machine, node } from "../leaving/objects";
import type * as virtualTime from "../../virtualTime";

jest.mock("node:timers/promises", () =>
  jest.requireActual<typeof virtualTime>("../../virtualTime").timers(),
);

const WAITS = {
  ...{ answer: 20_000, health: 5, detach: 20, volumes: 20 },
  ...{ progress: 5, interval: 1 },
};
const SHORT = 60;
const LONG = 20_000;

const lease = (name: string) => ({
  kind: "Lease",
  metadata: { name, namespace: "kube-node-lease" },
  spec: { renewTime: "0" },
});
const apiServer = (name: string, ready = "True") => {
  const made = etcdPod(name, ready);
  return {
    ...made,
    metadata: {
      ...made.metadata,
      name: `kube-apiserver-${name}`,
      labels: { component: "kube-apiserver" },
    },
  };
};
const cordoned = (name: string, by = "restart", ready = "True") => {
  const made = node(name, { ready });
  made.metadata.annotations![`sitewright/cordoned-by-${by}`] = "true";
  return { ...made, spec: { unschedulable: true } };
};

/** A cluster whose kubelets renew their leases each time they are looked at, so many times. */
class Renewing extends FakeCluster {
  renewals = Infinity;
  override async find<T extends { kind: string; metadata: { name: string } }>(
    kind: string,
    selection: { name: string },
  ) {
    const own = this.objects.find(
      (one) => one.kind === "Lease" && one.metadata.name === selection.name,
    );
    if (kind === "lease" && own !== undefined && this.renewals-- > 0) {
      own.spec = { renewTime: `${Number(own.spec!["renewTime"]) + 1}` };
    }
    return super.find<T>(kind, selection);
  }
}

const finish = (cluster: FakeCluster, name: string, deadline = LONG) =>
  finishRestart(cluster, machine(name), { deadline, waits: WAITS, say: () => undefined });

test("a Ready node takes pods again", async () => {
  const cluster = new Renewing([cordoned("w4"), lease("w4")]);
  await finish(cluster, "w4");
  expect(cluster.events).toEqual(["uncordon w4"]);
});

test("what the API remembers of before the restart does not count", async () => {
  const cluster = new Renewing([cordoned("w4"), lease("w4")]);
  cluster.renewals = 2;
  await expect(finish(cluster, "w4", SHORT)).rejects.toThrow(
    /^w4 was restarted, and is not in service within[^]*its kubelet has not renewed its lease[^]*kubectl uncordon w4/,
  );
  expect(cluster.events).toEqual([]);
});

test("a node that is not Ready stays cordoned", async () => {
  const cluster = new Renewing([cordoned("w4", "restart", "False"), lease("w4")]);
  await expect(finish(cluster, "w4", SHORT)).rejects.toThrow("its node is not Ready");
  expect(cluster.events).toEqual([]);
});

test("a node that someone else has cordoned stays so", async () => {
  const theirs = { ...node("w4"), spec: { unschedulable: true } };
  const cluster = new Renewing([theirs, lease("w4")]);
  await finish(cluster, "w4");
  expect(cluster.events).toEqual([]);
});

describe("a control plane", () => {
  const three = (...more: object[]) => [
    ...[cordoned("c1"), node("c2"), node("c3"), lease("c1")],
    ...["c1", "c2", "c3"].map((name) => etcdPod(name)),
    ...more,
  ];
  const members = ["c1", "c2", "c3"].map((name, index) => ({
    id: 18_000_000_000_000_000_001n + BigInt(index),
    ...{ name, address: machine(name).address },
  }));

  test("has to serve, and its member of etcd to be healthy", async () => {
    const served = new Renewing(three(apiServer("c1")), members);
    await finish(served, "c1");
    expect(served.events).toEqual(["uncordon c1"]);

    const starting = new Renewing(three(apiServer("c1", "False"), apiServer("c2")), members);
    await expect(finish(starting, "c1", SHORT)).rejects.toThrow("its API server is not ready");

    const [c1, c2, c3] = members;
    const alone = new Renewing(three(apiServer("c1")), [{ ...c1!, isDead: true }, c2!, c3!]);
    await expect(finish(alone, "c1", SHORT)).rejects.toThrow("its member of etcd is not healthy");
  });

  test("may be the only one: the API is away meanwhile", async () => {
    const cluster = new Renewing([cordoned("c1"), lease("c1"), apiServer("c1")]);
    let away = 5;
    const list = cluster.list.bind(cluster);
    cluster.list = <T extends { kind: string; metadata: { name: string } }>(kinds: string) => {
      if (away-- > 0) {
        throw new OperatorError({ what: "kubectl failed.", why: "ECONNREFUSED", next: "-" });
      }
      return list<T>(kinds);
    };
    await finish(cluster, "c1");
    expect(cluster.events).toEqual(["uncordon c1"]);
  });
});
