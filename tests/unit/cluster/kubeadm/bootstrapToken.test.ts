import { createBootstrapTokenScript } from "../../../../cluster/kubeadm/bootstrapToken";
import type { Environment, NodeSpec } from "../../../../environment/schema";
import { site } from "../../environment/site";
import { answers, onMachine, said } from "../member";
import { nodeOf, threeControlPlanes } from "../nodes";

const lab = site("dev");
const worker = nodeOf(lab, "worker", "lan");
const three = threeControlPlanes();
const controlPlane = three.nodes.find(({ name }) => name === "devk8smst502")!;
const URL = `https://${controlPlane.address}`;

const FOUNDER =
  "1, started, devk8smst501, https://172.30.10.56:2380, https://172.30.10.56:2379, false";

/** Runs the creation of a bootstrap token against a cluster that answers this. */
function mint(
  [environment, node]: [Environment, NodeSpec],
  {
    madeFor,
    ready = ["echo node Unknown"],
    members = [],
    health = ["true", "exit 1"],
    unanswered = 0,
  }: {
    madeFor: string[];
    ready?: string[];
    members?: string[];
    health?: string[];
    /** How often etcd's pod cannot be asked first. */
    unanswered?: number;
  },
) {
  const { status, stdout, stderr, log } = onMachine(
    createBootstrapTokenScript(environment, node, "vm-new"),
    {
      files: "touch etc/kubernetes/admin.conf",
      kubectl: {
        "sitewright/vm-id": madeFor,
        "status.conditions": ready,
        "member list": [
          ...Array<string>(unanswered).fill("echo 'remote error: tls: internal error' >&2; exit 1"),
          [FOUNDER, ...members].map((row) => `echo '${row}'`).join("; "),
        ],
        "endpoint health": health,
      },
      programs: {
        kubeadm: `case "$*" in
*upload-certs*) echo ${"0123456789abcdef".repeat(4)} ;;
*) echo abcdef.0123456789abcdef ;;
esac`,
      },
    },
  );
  return {
    status,
    stdout,
    stderr,
    deleted: log.includes("delete node"),
    removed: [...log.matchAll(/member remove (\w+)/g)].map(([, member]) => member),
  };
}

const ANOTHER = ["echo vm-old"];
const token = expect.stringContaining('"token":"abcdef.0123456789abcdef"');

test.each([
  ["is not there", ["true"]],
  ["is this machine's", ["echo vm-new"]],
])("a Node that %s: a token, and nothing else", (_what, madeFor) => {
  expect(mint([lab, worker], { madeFor, ready: ["echo node True"] })).toMatchObject({
    ...{ status: 0, stdout: token, deleted: false },
  });
});

test("another machine's Node goes when that machine is no longer ready, which may take a while", () => {
  const ready = ["echo node True", "echo node True", "echo node Unknown"];
  expect(mint([lab, worker], { madeFor: ANOTHER, ready })).toMatchObject({
    ...{ status: 0, stdout: token, deleted: true },
  });
});

test("another machine's Node that is deleted meanwhile is not waited for", () => {
  const done = mint([lab, worker], { madeFor: ANOTHER, ready: ["echo node True", "true"] });
  expect(done).toMatchObject({ status: 0, stdout: token });
});

test.each([
  ["is still ready", ["echo node True"]],
  ["cannot be asked for", answers(said.busy)],
])("another machine's Node that %s stays, and both machines are named", (_what, ready) => {
  for (const target of [
    [lab, worker],
    [three, controlPlane],
  ] as [Environment, NodeSpec][]) {
    const { stderr, ...done } = mint(target, { madeFor: ANOTHER, ready });
    expect(done).toMatchObject({ status: 1, stdout: "", deleted: false, removed: [] });
    expect(stderr).toContain("vm-old");
    expect(stderr).toContain("vm-new");
  }
});

test("a Node that cannot be read is neither deleted nor minted for", () => {
  for (const answer of [said.otherServer, said.unauthorized, said.starting]) {
    const done = mint([lab, worker], { madeFor: answers(answer) });
    expect(done).toMatchObject({ stdout: "", deleted: false });
    expect(done.status).not.toBe(0);
  }
});

describe("a control plane that was another machine", () => {
  const started = `2, started, ${controlPlane.name}, ${URL}:2380, ${URL}:2379, false`;

  test("goes with its member of etcd when that does not answer", () => {
    const done = mint([three, controlPlane], { madeFor: ANOTHER, members: [started] });
    expect(done).toMatchObject({ status: 0, deleted: true, removed: ["2"] });
  });

  test("stays while its member of etcd is healthy", () => {
    const { stderr, ...done } = mint([three, controlPlane], {
      madeFor: ANOTHER,
      members: [started],
      health: ["true"],
    });
    expect(done).toMatchObject({ status: 1, deleted: false, removed: [] });
    expect(stderr).toContain("whose etcd is healthy");
  });

  test("stays when etcd cannot be asked at all", () => {
    const done = mint([three, controlPlane], {
      madeFor: ANOTHER,
      members: [started],
      health: ["exit 1"],
    });
    expect(done).toMatchObject({ status: 1, deleted: false, removed: [] });
  });

  test("goes with a member without a name, known by where it listens", () => {
    const done = mint([three, controlPlane], {
      madeFor: ANOTHER,
      members: [
        `3, unstarted, , ${URL}:2380, , true`,
        "4, unstarted, , https://172.30.10.5:2380, , true",
      ],
    });
    expect(done).toMatchObject({ status: 0, removed: ["3"] });
  });
});

test("of a join that was stopped, only what never got a vote is taken out", () => {
  const rows = [
    `2, started, ${controlPlane.name}, ${URL}:2380, ${URL}:2379, false`,
    `3, unstarted, , ${URL}:2380, , true`,
    `4, started, ${controlPlane.name}, ${URL}:2380, ${URL}:2379, true`,
  ];
  expect(mint([three, controlPlane], { madeFor: ["true"], members: rows })).toMatchObject({
    ...{ status: 0, deleted: false, removed: ["3", "4"] },
  });
  const member = mint([three, controlPlane], { madeFor: ["echo vm-new"], members: rows });
  expect(member).toMatchObject({ status: 0, removed: [] });
});

test("a kubelet that has no certificate yet is asked again for a minute", () => {
  const rows = [`3, unstarted, , ${URL}:2380, , true`];
  const attempt = (unanswered: number) =>
    mint([three, controlPlane], { madeFor: ["true"], members: rows, unanswered });
  expect(attempt(1)).toMatchObject({ status: 0, removed: ["3"] });
  expect(attempt(9)).toMatchObject({ status: 1, removed: [] });
  expect(attempt(9).stderr).toContain("tls: internal error");
});
