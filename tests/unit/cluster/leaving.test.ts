import { STORED_TRIGGER } from "../../../cluster/state/previousOutputs";
import type { Environment } from "../../../environment/schema";
import { rawSite, site } from "../environment/site";
import { vmIdOf } from "../vmId";
import { kubeconfig } from "./certificates";
import { infraOf } from "./infra";
import { threeControlPlanes } from "./nodes";
import { committed, named, ofType, run, waits, withThreeControlPlanes } from "./run";

/** How nodes leave: what the state has for it, and in which order the engine deletes it. */

const LOCAL = "command:local:Command";
const FIRST = "devk8smst501";

/** What an update of an environment has recorded. */
function recorded({ nodes }: Environment, leader = FIRST) {
  return {
    joined: Object.fromEntries(
      nodes.map(({ name }) => [name, { vmId: vmIdOf(name), [STORED_TRIGGER]: "long ago" }]),
    ),
    made: {
      facts: {
        clusterName: "devk8sclu",
        controlPlaneEndpoint: "kube.coolcorp.test:6443",
        podSubnet: "10.244.0.0/16",
        serviceSubnet: "10.96.0.0/16",
        cloudProvider: "external",
      },
      roles: Object.fromEntries(nodes.map(({ name, role }) => [name, role])),
    },
    leader,
  };
}

const step = (name: string) => ({
  urn: `urn:pulumi:dev::sitewright-cluster::command:remote:Command::${name}`,
  type: "command:remote:Command",
});

test("every node has a step that takes it out of the cluster, and does nothing before", async () => {
  const { registered, requests } = await committed();
  for (const { name, role, address } of site("dev").nodes) {
    const leave = `leave-${name}`;
    const { type, inputs, secretInputs } = named(registered, leave);
    expect(type).toBe(LOCAL);
    expect(inputs).toMatchObject({
      delete: `node ../operations/leave.js ${name} ${vmIdOf(name)} ${role} ${address} 600`,
      stdin: kubeconfig,
      logging: "stdout",
    });
    expect(inputs).not.toHaveProperty("create");
    expect(inputs).not.toHaveProperty("update");
    expect(secretInputs).toContain("stdin");
    // A whole destroy drains nothing.
    const request = requests.find((one) => one.getName() === leave)!;
    expect(request.getDeletedwith()).toMatch(/::initialize$/);
    // A machine that is rebooted while it leaves has to register once more.
    expect(waits(requests, leave)).toContain(`node-registration-${name}`);
  }
});

test("a Kubernetes without admission policies gets none", async () => {
  const raw = rawSite("dev");
  Object.assign(raw.kubernetes, { version: "1.29.15", cloudProvider: { version: "1.29.0" } });
  const { registered } = await run({ raw });
  expect(registered.filter(({ type }) => /AdmissionPolicy/.test(type))).toEqual([]);
});

test("a node leaves after everything that needs it, and its machine is reset after that", async () => {
  const { requests } = await withThreeControlPlanes();
  for (const { name } of threeControlPlanes().nodes) {
    const leave = `leave-${name}`;
    const reset = `reset-${name}`;
    expect(waits(requests, leave)).toContain(reset);
    expect(waits(requests, reset)).toContain(`${/smst/.test(name) ? "harden" : "prepare"}-${name}`);
    if (name !== FIRST) {
      // It is there before the join begins: also a machine that never got through it can leave.
      expect(waits(requests, `mint-${name}`)).toContain(leave);
    }
  }
});

test("what a node has goes before it leaves, or with it, also what the leader has: a patch of a Node that is gone would make an empty one", async () => {
  const { requests } = await withThreeControlPlanes();
  for (const { name, role } of threeControlPlanes().nodes) {
    const leave = `leave-${name}`;
    const patch = requests.find((one) => one.getName() === `node-${name}`)!;
    expect(waits(requests, `node-${name}`)).toContain(leave);
    expect(patch.getDeletedwith()).toMatch(new RegExp(`::${leave}$`));
    if (role === "control-plane") {
      expect(waits(requests, `etcd-backup-install-${name}`)).toContain(leave);
    }
  }
});

test("control planes leave, and are reset, one after the other; the leader's machine last", async () => {
  const { requests } = await withThreeControlPlanes();
  const [first, second, third] = [501, 502, 503].map((number) => `devk8smst${number}`);
  for (const what of ["leave", "reset"]) {
    expect(waits(requests, `${what}-${second}`)).toContain(`${what}-${first}`);
    expect(waits(requests, `${what}-${third}`)).toContain(`${what}-${second}`);
  }
  expect(waits(requests, "leave-devk8swok501")).not.toContain(`leave-${first}`);
  expect(waits(requests, "reset-devk8swok501")).toContain(`reset-${first}`);
});

test("the leader leaves: its step goes on with another control plane, and nothing else of the cluster changes", async () => {
  const environment = threeControlPlanes();
  const raw = rawSite("dev");
  raw["nodes"] = environment.nodes;
  const before = recorded(environment);
  const infra = infraOf(environment);
  const gone = infra.nodes.find(({ name }) => name === FIRST)!;
  raw["nodes"] = environment.nodes.filter(({ name }) => name !== FIRST);
  raw["nodes"].push({ ...environment.nodes[0]!, name: "devk8smst504", address: "172.30.10.59" });
  const next = { ...environment, nodes: raw["nodes"] };
  const { registered, requests, values } = await run({
    ...before,
    raw,
    environment: next,
    infra: { ...infraOf(next), held: [gone] },
    resources: [step(`prepare-${FIRST}`), step(`leave-${FIRST}`)],
  });
  const names = registered.map(({ name }) => name);
  for (const what of ["prepare", "harden", "reset", "leave", "finish-key", "use-key"]) {
    expect(names).not.toContain(`${what}-${FIRST}`);
  }
  // It is still a member, and has the step until it has left.
  const initialize = named(registered, "initialize");
  expect(initialize.inputs["connection"]).toMatchObject({ hostKey: `ssh-ed25519 ${FIRST}` });
  expect(initialize.inputs["create"]).not.toContain("kubeadm init");
  expect(values["leader"]).toBe(FIRST);
  expect(Object.keys(values["joined"] as object)).not.toContain(FIRST);

  const after = await run({
    ...recorded(next, FIRST),
    raw,
    environment: next,
    infra: infraOf(next),
  });
  expect(after.values["leader"]).toBe("devk8smst502");
  expect(named(after.registered, "initialize").inputs["connection"]).toMatchObject({
    hostKey: "ssh-ed25519 devk8smst502",
  });
  // No second key while a control plane leaves that would not take it in.
  const key = (all: typeof requests) =>
    all.find((one) => one.getName() === "encryption-key")!.getIgnorechangesList();
  expect(key(requests)).toEqual(["keepers"]);
  expect(key(after.requests)).toEqual([]);
});

test("the token of a machine that has joined stays as it is, whoever makes tokens now", async () => {
  const { requests } = await run(recorded(site("dev")));
  const ignored = (all: typeof requests) =>
    all.find((one) => one.getName() === "mint-devk8swok501")!.getIgnorechangesList();
  expect(ignored(requests)).toEqual(
    expect.arrayContaining(["connection", "create", "update", "triggers"]),
  );
  expect(ignored((await committed()).requests)).toEqual(["triggers"]);
});

test.each([
  ["", ""],
  [", whose names begin with the cluster's", "devk8sclu-"],
])(
  "what older programs have recorded%s has no step for it: the node does not leave yet",
  async (_, prefix) => {
    const environment = site("dev");
    const raw = rawSite("dev");
    raw["nodes"] = environment.nodes.filter(({ name }) => name !== "devk8swok511");
    delete raw["apps"].outpost;
    raw["namespaces"] = raw["namespaces"].filter(({ zone }: { zone: string }) => zone === "lan");
    const next = { ...environment, nodes: raw["nodes"] };
    const attempt = (...resources: ReturnType<typeof step>[]) =>
      run({
        ...recorded(environment),
        raw,
        environment: next,
        infra: infraOf(environment),
        resources,
      });
    const own = (what: string) => step(`${prefix}${what}-devk8swok511`);
    await expect(attempt(own("prepare"), own("join"))).rejects.toThrow(
      "devk8swok511: an older version of these programs has brought it into the cluster, and its state has no step with which it leaves. Nothing was changed.",
    );
    // The second is what an update leaves that was killed when the node was out of the cluster.
    for (const left of [[own("prepare"), own("leave")], [own("prepare")]]) {
      const { registered } = await attempt(...left);
      expect(ofType(registered, LOCAL).map(({ name }) => name)).not.toContain("leave-devk8swok511");
    }
  },
);
