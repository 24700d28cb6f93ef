import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { type Answer, ApiReader } from "../../../kubernetes/apiReader";
import { type EtcdMember, listEtcdMembers, readMembers } from "../../../kubernetes/etcdMembers";
import { type Machine, membershipsOf } from "../../../kubernetes/membership";
import type { ClusterNode } from "../../../kubernetes/nodes";
import { withTemporaryFolder } from "../../../lib/temporaryFolder";
import { kubeconfigOf, withAuthority } from "./authority";
import { withServer } from "./server";

const OWN = "4211f9a2-0000-4000-8000-000000000001";
const OTHER = "4211f9a2-0000-4000-8000-000000000002";

const node = (name: string, more: Partial<ClusterNode> = {}): ClusterNode => ({
  name,
  uid: "uid",
  systemUUID: "",
  isControlPlane: false,
  ready: true,
  kubeletVersion: "1.36.3",
  ...more,
});

/** What a cluster with these nodes and members of etcd says of a machine, and whether etcd was asked. */
async function ask(
  machine: Machine,
  nodes: Answer<ClusterNode[]> | ClusterNode[],
  etcd: Answer<EtcdMember[]> | EtcdMember[] = [],
) {
  const answered = <T>(value: Answer<T[]> | T[]): Answer<T[]> =>
    Array.isArray(value) ? { kind: "answered", value } : value;
  let askedEtcd = 0;
  const memberships = await membershipsOf([machine], {
    nodes: () => Promise.resolve(answered(nodes)),
    etcd: () => {
      askedEtcd += 1;
      return Promise.resolve(answered(etcd));
    },
  });
  return { membership: memberships.get(machine.name), askedEtcd };
}

const worker: Machine = { name: "w1", vmId: OWN, role: "worker" };
const controlPlane: Machine = {
  name: "c2",
  vmId: OWN,
  role: "control-plane",
  address: "10.0.0.2",
};

test.each([
  ["with the machine's UUID in its annotation", { vmId: OWN.toUpperCase() }],
  ["without an annotation", {}],
])("a Node %s is the machine's", async (_, more) => {
  expect(await ask(worker, [node("w1", more)])).toEqual({
    membership: { kind: "member", node: true, etcd: false },
    askedEtcd: 0,
  });
});

test("a Node that belongs to another machine does not count, nor does that one's member of etcd", async () => {
  const none = { membership: { kind: "none" }, askedEtcd: 0 };
  expect(await ask(worker, [node("w1", { vmId: OTHER })])).toEqual(none);
  const other = [node("c2", { vmId: OTHER, isControlPlane: true })];
  expect(await ask(controlPlane, other, [{ name: "c2", peerURLs: [] }])).toEqual(none);
});

test("a machine without a recorded UUID has any Node of its name", async () => {
  const { membership } = await ask({ name: "w1" }, [node("w1", { vmId: OTHER })]);
  expect(membership).toEqual({ kind: "member", node: true, etcd: false });
});

test("a control plane without a Node is asked for in etcd, by name and by address; a worker is not", async () => {
  const left = { membership: { kind: "member", node: false, etcd: true }, askedEtcd: 1 };
  expect(await ask(controlPlane, [], [{ name: "c2", peerURLs: [] }])).toEqual(left);
  const unstarted = { name: "", peerURLs: ["https://10.0.0.2:2380"] };
  expect(await ask(controlPlane, [], [unstarted])).toEqual(left);
  const others = [{ name: "c1", peerURLs: ["https://10.0.0.20:2380"] }];
  expect((await ask(controlPlane, [], others)).membership).toEqual({ kind: "none" });
  expect(await ask(worker, [], others)).toEqual({ membership: { kind: "none" }, askedEtcd: 0 });
});

test("what cannot be read is no answer", async () => {
  const silent = { kind: "unreadable", why: "ECONNREFUSED" } as const;
  expect((await ask(worker, silent)).membership).toEqual(silent);
  expect((await ask(controlPlane, [], silent)).membership).toEqual(silent);
  expect((await ask(worker, { kind: "absent" })).membership).toHaveProperty("kind", "unreadable");
});

test("etcdctl's list of members", () => {
  const printed =
    '{"header":{},"members":[{"ID":10276657743932975437,"name":"c1","peerURLs":["https://10.0.0.1:2380"],"clientURLs":["https://10.0.0.1:2379"]},{"ID":2,"peerURLs":["https://10.0.0.2:2380"],"isLearner":true}]}';
  expect(readMembers(printed)).toEqual({
    kind: "answered",
    value: [
      {
        // A number of JavaScript would lose its last digits.
        id: "8e9e05c52164694d",
        name: "c1",
        peerURLs: ["https://10.0.0.1:2380"],
        clientURLs: ["https://10.0.0.1:2379"],
        isLearner: false,
      },
      { id: "2", name: "", peerURLs: ["https://10.0.0.2:2380"], clientURLs: [], isLearner: true },
    ],
  });
  expect(readMembers("")).toHaveProperty("kind", "unreadable");
  expect(readMembers('{"members":7}')).toHaveProperty("kind", "unreadable");
});

describe("members are listed by kubectl in a pod that is ready", () => {
  const pods = (...ready: boolean[]) =>
    JSON.stringify({
      kind: "PodList",
      items: ready.map((is, index) => ({
        metadata: { name: `etcd-c${index}` },
        status: { conditions: [{ type: "Ready", status: is ? "True" : "False" }] },
      })),
    });
  const PRINTED = '{"members":[{"ID":1,"name":"c1"}]}';

  /** Runs it with a program in the place of kubectl, or without one. */
  const list = (answer: string, kubectl?: string) =>
    withAuthority(async (authority) => {
      const [server, admin] = ["/CN=kube-apiserver", "/CN=admin"].map((name) =>
        authority.issue(name),
      );
      const answers = (_: unknown, response: { end: (text: string) => void }) =>
        response.end(answer);
      return withServer(server, authority.ca, answers, (url) =>
        withTemporaryFolder(async (folder) => {
          const program = join(folder, "kubectl");
          if (kubectl !== undefined) {
            writeFileSync(program, `#!/bin/sh\n${kubectl}\n`);
            chmodSync(program, 0o755);
          }
          const before = process.env["PATH"];
          process.env["PATH"] = kubectl === undefined ? folder : `${folder}:${before}`;
          try {
            const kubeconfig = kubeconfigOf(url, authority.ca, admin);
            return await listEtcdMembers(kubeconfig, new ApiReader(kubeconfig));
          } finally {
            process.env["PATH"] = before;
          }
        }),
      );
    });

  test("the first one", async () => {
    const checks = 'case "$*" in *"exec etcd-c1 -- etcdctl"*"member list") ;; *) exit 3 ;; esac';
    expect(await list(pods(false, true, true), `${checks}; echo '${PRINTED}'`)).toEqual({
      kind: "answered",
      value: [{ id: "1", name: "c1", peerURLs: [], clientURLs: [], isLearner: false }],
    });
  });

  test("the next one where one does not answer: its node has left a moment ago", async () => {
    const gone = 'case "$*" in *etcd-c0*) echo "pods etcd-c0 not found" >&2; exit 1 ;; esac';
    expect(await list(pods(true, true), `${gone}; echo '${PRINTED}'`)).toMatchObject({
      kind: "answered",
    });
  });

  test("where none is ready, or etcdctl fails, the members are unknown", async () => {
    expect(await list(pods(false), `echo '${PRINTED}'`)).toEqual({
      kind: "unreadable",
      why: "no pod of etcd is ready",
    });
    expect(await list(pods(true), "echo 'context deadline exceeded' >&2; exit 1")).toEqual({
      kind: "unreadable",
      why: "etcd in etcd-c0: context deadline exceeded",
    });
  });

  test("where kubectl is missing, that is why they are unknown", async () => {
    expect(await list(pods(true))).toEqual({
      kind: "unreadable",
      why: "etcd in etcd-c0: kubectl, with which it is asked, is not on this machine's PATH",
    });
  });
});
