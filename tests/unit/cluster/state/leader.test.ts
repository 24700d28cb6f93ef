import type { KnownMachine, Machine } from "../../../../cluster/node/machine";
import { chooseLeaders } from "../../../../cluster/state/leader";
import type { PreviousOutputs } from "../../../../cluster/state/previousOutputs";
import type { Running } from "../../../../cluster/state/runningCluster";
import { site } from "../../environment/site";

const host = { address: "10.0.0.1", user: "u", privateKey: "k", hostKey: "h" };
const spec = site("dev").nodes[0]!;

function listed(name: string, vmId = `vm-${name}`): Machine {
  return { node: { ...spec, name }, vmId, host };
}

function held(name: string): KnownMachine {
  return { name, role: "control-plane", vmId: `vm-${name}`, host };
}

/** A site with these control planes, as an update has recorded it. */
function recorded(names: string[], leader?: string): PreviousOutputs {
  return {
    joined: Object.fromEntries(names.map((name) => [name, { vmId: `vm-${name}` }])),
    immutableSettings: {
      facts: {},
      roles: Object.fromEntries(names.map((name) => [name, "control-plane"])),
    },
    ...(leader === undefined ? {} : { leader }),
  };
}

/** What the API says of nodes. */
function running(nodes: { name: string; ready?: boolean; vmId?: string }[]): Running {
  return {
    nodes: {
      kind: "answered",
      value: nodes.map(({ name, ready = true, vmId = `vm-${name}` }) => ({
        ...{ name, ready, vmId, uid: "", systemUUID: "", isControlPlane: true, kubeletVersion: "" },
      })),
    },
  };
}

const names = (...args: Parameters<typeof chooseLeaders>) => {
  const { leader, live } = chooseLeaders(...args);
  return [leader.name, live.name];
};

test("the first one listed initializes the cluster", () => {
  expect(names([listed("a"), listed("b")], [], { joined: {} }, undefined)).toEqual(["a", "a"]);
});

test("the recorded leader stays it, wherever it stands in the list", () => {
  const machines = [listed("new"), listed("b"), listed("a")];
  expect(names(machines, [], recorded(["a", "b"], "a"), undefined)).toEqual(["a", "a"]);
});

test("in a state of an older program the one that is not among those that have joined may be the leader", () => {
  // It recorded no leader either.
  const { joined, ...before } = recorded(["a", "b"]);
  const { b } = joined;
  const previous = { ...before, joined: { b: b! } };
  expect(names([listed("a"), listed("b")], [], previous, undefined)).toEqual(["a", "a"]);
});

test("a leader whose machine was replaced, or is not listed any more, is followed by another member", () => {
  const previous = recorded(["a", "b", "c"], "a");
  expect(names([listed("a", "vm-2"), listed("b"), listed("c")], [], previous, undefined)).toEqual([
    "b",
    "b",
  ]);
  expect(names([listed("new"), listed("b")], [held("a")], previous, undefined)).toEqual(["a", "a"]);
  expect(names([listed("new"), listed("b")], [], previous, undefined)).toEqual(["b", "b"]);
});

test("a machine that has left, and is made again under its name, is no member before it has joined", () => {
  const { joined, ...before } = recorded(["a", "b", "c"], "a");
  const { b, c } = joined;
  const previous = { ...before, joined: { b: b!, c: c! } };
  const machines = [listed("a", "vm-2"), listed("b"), listed("c")];
  expect(names(machines, [], previous, undefined)).toEqual(["b", "b"]);
});

test("the only control plane leads until its successor has joined, although it leaves", () => {
  expect(names([listed("new")], [held("a")], recorded(["a"], "a"), undefined)).toEqual(["a", "a"]);
});

test("tokens are made on one that is ready; the leader stays the same", () => {
  const machines = [listed("a"), listed("b"), listed("c")];
  const previous = recorded(["a", "b", "c"], "a");
  const without = (...silent: string[]) =>
    running(["a", "b", "c"].map((name) => ({ name, ready: !silent.includes(name) })));
  expect(names(machines, [], previous, without("a"))).toEqual(["a", "b"]);
  expect(names(machines, [], previous, without("a", "b"))).toEqual(["a", "c"]);
  expect(names(machines, [], previous, without("a", "b", "c"))).toEqual(["a", "a"]);
});

test("a machine of which the API says that its Node is another one's is no member", () => {
  const machines = [listed("a"), listed("b")];
  const api = running([{ name: "a", vmId: "vm-other" }, { name: "b" }]);
  expect(names(machines, [], recorded(["a", "b"], "a"), api)).toEqual(["b", "b"]);
});

test("if no member is left, the recorded leader's step looks at what is there", () => {
  const previous = recorded(["a"], "a");
  expect(names([listed("a", "vm-2")], [], previous, undefined)).toEqual(["a", "a"]);
});
