import { parseAllDocuments } from "yaml";

import { STORED_TRIGGER } from "../../../cluster/state/previousOutputs";
import { INITIALIZE_DEADLINE_SECONDS } from "../../../cluster/kubeadm/init";
import { joinDeadlineSeconds } from "../../../cluster/kubeadm/join";
import { DISCOVERY_FILE } from "../../../cluster/kubeadm/kubeadmConfig";
import { RESET_DEADLINE_SECONDS } from "../../../cluster/kubeadm/reset";
import { pairSite, rawPair } from "../environment/pair";
import { site } from "../environment/site";
import { vmIdOf } from "../vmId";
import { caPem, kubeconfig } from "./certificates";
import { infraOf } from "./infra";
import { committed, named, ofType, run, waits, withThreeControlPlanes } from "./run";
import { certificateKey, encryptionKey, token } from "./steps";

/** The steps on the machines: in which order, over which connection, with which input, and what destroy does. */

const COMMAND = "command:remote:Command";
const FIRST = "initialize";

test("one preparation and one kubeadm step for each node, one minting for each that joins, and flows tried before", async () => {
  const { registered } = await committed();
  const steps = ofType(registered, COMMAND).map(({ name }) => name);
  const nodes = site("dev").nodes.map(({ name }) => name);
  const [, ...joining] = nodes;
  expect(steps.sort()).toEqual(
    [
      FIRST,
      "cloud-provider-initialized",
      "harden-devk8smst501",
      "finish-key-devk8smst501",
      ...nodes.flatMap((node) => [`flows-${node}`, `prepare-${node}`, `reset-${node}`]),
      // The only node that needs a flow to another one.
      "peers-devk8swok511",
      ...joining.flatMap((node) => [`mint-${node}`, `join-${node}`]),
      "trust-devk8slb501",
      "etcd-backup-install-devk8smst501",
      "etcd-backup-store-devk8slb501",
      "etcd-backup-run-devk8smst501",
    ].sort(),
  );
});

test("every step pins the host key of its machine and keeps its output out of the log", async () => {
  const { registered } = await committed();
  for (const { name, inputs, secretInputs } of ofType(registered, COMMAND)) {
    const node = ["mint-", FIRST, "cloud-provider"].some((part) => name.includes(part))
      ? "devk8smst501"
      : name.replace(/^(finish-|etcd-backup-)?[a-z]+-/, "");
    expect(secretInputs).toContain("connection");
    expect(inputs["connection"]).toMatchObject({
      hostKey: `ssh-ed25519 ${node}`,
      user: "sitewright",
    });
    expect(inputs["logging"]).toBe("none");
  }
});

test("resetting a machine, making a cluster and joining have deadlines of their own, on the machine and in the engine", async () => {
  const { requests } = await committed();
  const resets = requests.filter((request) => request.getName().startsWith("reset-"));
  expect(resets).toHaveLength(site("dev").nodes.length);
  for (const request of resets) {
    const { delete: remove } = request.getObject().toJavaScript();
    expect(remove).toMatch(`--kill-after=10 ${RESET_DEADLINE_SECONDS} bash`);
    // 300 s are for the first login.
    expect(request.getCustomtimeouts().getDelete()).toBe(`${300 + RESET_DEADLINE_SECONDS}s`);
  }
  const created = (name: string) =>
    requests
      .find((request) => request.getName() === name)!
      .getCustomtimeouts()
      .getCreate();
  expect(created("initialize")).toBe(`${300 + INITIALIZE_DEADLINE_SECONDS}s`);
  expect(created("join-devk8swok501")).toBe(`${300 + joinDeadlineSeconds({ role: "worker" })}s`);
});

test("no secret is in a command's text, in any of its triggers, or in clear in its input", async () => {
  const { registered } = await withThreeControlPlanes();
  for (const { inputs } of ofType(registered, COMMAND)) {
    const { create, update, delete: remove, triggers } = inputs;
    const text = JSON.stringify({ create, update, remove, triggers });
    expect(text).not.toContain(token);
    expect(text).not.toContain(certificateKey);
    expect(text).not.toContain(encryptionKey);
    expect(text).not.toContain("certificate-authority-data");
  }
});

const documents = (text: string) => parseAllDocuments(text).map((one) => one.toJS() as object);

test("a worker joins with its token, the CA pinned", async () => {
  const { registered } = await committed();
  const { inputs, secretInputs } = named(registered, "join-devk8swok501");
  expect(secretInputs).toContain("stdin");
  const [config, discovery] = documents(inputs["stdin"]);
  expect(config).toMatchObject({
    kind: "JoinConfiguration",
    discovery: { file: { kubeConfigPath: DISCOVERY_FILE }, tlsBootstrapToken: token },
  });
  expect(discovery).toMatchObject({
    clusters: [
      {
        cluster: {
          server: "https://kube.coolcorp.test:6443",
          "certificate-authority-data": Buffer.from(caPem).toString("base64"),
        },
      },
    ],
    users: [{ user: { token } }],
  });
  expect(config).not.toHaveProperty("controlPlane");
});

test("a control plane joins with the key of the certificates that were uploaded for it", async () => {
  const { registered } = await withThreeControlPlanes();
  const { inputs, secretInputs } = named(registered, "join-devk8smst502");
  expect(secretInputs).toContain("stdin");
  const [config] = documents(inputs["stdin"]);
  expect(config).toMatchObject({
    controlPlane: { certificateKey, localAPIEndpoint: { advertiseAddress: "172.30.10.57" } },
  });
});

test("several control planes take a key in one after the other, and one joins when none has another", async () => {
  const { registered, requests } = await withThreeControlPlanes();
  const before = (name: string) => waits(requests, name);
  const [one, two, three] = ["devk8smst501", "devk8smst502", "devk8smst503"];
  expect(before(`harden-${three}`)).toEqual(
    expect.arrayContaining([`harden-${one}`, `harden-${two}`]),
  );
  expect(before(`use-key-${one}`)).toContain(`harden-${three}`);
  expect(before(`use-key-${two}`)).toContain(`use-key-${one}`);
  expect(before(`finish-key-${one}`)).toEqual(
    expect.arrayContaining([FIRST, `use-key-${one}`, `use-key-${two}`, `use-key-${three}`]),
  );
  expect(before(`finish-key-${two}`)).toContain(`finish-key-${one}`);
  expect(before(`mint-${two}`)).toContain(`finish-key-${one}`);
  expect(before(`join-${two}`)).toContain(`harden-${two}`);
  expect(named(registered, `harden-${one}`).secretInputs).toContain("stdin");
});

test("an update runs the same step in place; the first control plane is then verified, not made", async () => {
  const { registered } = await committed();
  for (const { name, inputs } of ofType(registered, COMMAND)) {
    if (name.startsWith("reset-")) {
      expect([inputs["create"], inputs["update"]]).toEqual([undefined, undefined]);
    } else if (name.includes(FIRST)) {
      expect(inputs["update"]).not.toContain("kubeadm init");
    } else {
      expect(inputs["update"]).toBe(inputs["create"]);
    }
  }
});

test("destroy resets machines, and that is all", async () => {
  const { registered } = await committed();
  for (const { name, inputs } of ofType(registered, COMMAND)) {
    const remove: string | undefined = inputs["delete"];
    if (/flows|peers|prepare|initialize|mint|join|finish-key|etcd-backup-run/.test(name)) {
      expect(remove).toBeUndefined();
    } else if (name.includes("harden")) {
      expect(remove).toContain("rm -rf /etc/kubernetes/apiserver");
    } else if (name.includes("trust")) {
      expect(remove).toContain("rm -f /etc/haproxy/cluster-ca.crt");
    } else if (name.includes("etcd-backup")) {
      expect(remove).toMatch(/^rm -r?f /m);
      expect(remove).not.toContain("/store");
    } else {
      expect(remove).toContain("kubeadm reset --force");
    }
  }
});

test("the load balancers get the CA's certificate one after the other, and again when one was replaced", async () => {
  const environment = pairSite("dev");
  const { registered, requests } = await run({ environment, raw: rawPair("dev") });
  const [first, second] = ["devk8slb501", "devk8slb502"].map((machine) =>
    named(registered, `trust-${machine}`),
  );
  expect(first!.inputs).toMatchObject({
    stdin: caPem,
    triggers: [vmIdOf("devk8slb501")],
    connection: { host: "172.30.10.46", hostKey: "ssh-ed25519 devk8slb501" },
  });
  expect(waits(requests, first!.name)).toContain("initialize");
  expect(waits(requests, second!.name)).toContain(first!.name);
});

test("before anything that a volume needs is deleted, claims and volumes end", async () => {
  const { registered, requests } = await committed();
  const others = registered
    .filter(({ type }) => /^(command:remote|kubernetes):/.test(type))
    .map(({ name }) => name);
  expect(waits(requests, "volume-release-claims")).toEqual(expect.arrayContaining(others));
  // And whether anything still stands on the cluster is asked before that.
  expect(waits(requests, "dependents-check")).toContain("volume-release-claims");
  const { inputs, secretInputs } = named(registered, "volume-release-claims");
  expect(inputs).toMatchObject({
    delete: "node ../operations/releaseVolumes.js",
    stdin: kubeconfig,
  });
  expect(inputs).not.toHaveProperty("create");
  expect(secretInputs).toContain("stdin");
});

test("a machine that has joined is triggered by what is recorded, any other by this update", async () => {
  const before = { vmId: vmIdOf("devk8swok501"), [STORED_TRIGGER]: "long ago" };
  const { registered, values } = await run({ joined: { devk8swok501: before } });
  const triggers = (node: string): string[] => named(registered, `mint-${node}`).inputs["triggers"];
  expect(triggers("devk8swok501")).toEqual([
    vmIdOf("devk8smst501"),
    vmIdOf("devk8swok501"),
    "long ago",
  ]);
  const [, , joinTrigger] = triggers("devk8swok502");
  expect(Date.parse(joinTrigger!)).not.toBeNaN();
  expect(values["joined"]).toMatchObject({
    devk8swok501: before,
    devk8swok502: { vmId: vmIdOf("devk8swok502"), [STORED_TRIGGER]: joinTrigger },
  });
});

test("flows are tried before a machine is touched, and before a token is made; a control plane tries the kubelet's port", async () => {
  const { registered, requests } = await committed();
  const created = (name: string): string => named(registered, name).inputs["create"];
  for (const { name } of site("dev").nodes) {
    expect(waits(requests, `prepare-${name}`)).toEqual([`flows-${name}`]);
    expect(created(`flows-${name}`)).toContain("API 172.30.10.45 tcp 6443");
  }
  const reaches = "peers-devk8swok511";
  expect(waits(requests, reaches)).toEqual(
    expect.arrayContaining(["initialize", "prepare-devk8swok511", "harden-devk8smst501"]),
  );
  expect(waits(requests, "mint-devk8swok511")).toContain(reaches);
  expect(created(reaches)).toContain("control plane 172.30.10.56 tcp 6443");
  const kubelet = "control plane 172.30.10.56 -> zone dmz 172.30.20.11 tcp 10250";
  expect(created("mint-devk8swok511")).toContain(kubelet);
  expect(created("mint-devk8swok501")).not.toContain(" -> ");
});

test("no flow is tried on a machine that has joined, and what its steps were stays recorded", async () => {
  const nodes = site("dev").nodes.map(({ name }) => name);
  const joined = Object.fromEntries(
    nodes.map((name) => [name, { vmId: vmIdOf(name), [STORED_TRIGGER]: "long ago" }]),
  );
  const { registered, requests } = await run({ joined, leader: nodes[0] });
  for (const name of [...nodes.map((node) => `flows-${node}`), "peers-devk8swok511"]) {
    const { inputs } = named(registered, name);
    expect([inputs["create"], inputs["update"], inputs["delete"]]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    const request = requests.find((one) => one.getName() === name)!;
    expect(request.getIgnorechangesList()).toEqual(
      expect.arrayContaining(["connection", "create", "update", "triggers"]),
    );
  }
});

test("another machine for the only control plane: its steps run again in place, in their order, and nothing is deleted", async () => {
  const environment = site("dev");
  const [controlPlane, ...workers] = environment.nodes.map(({ name }) => name);
  const joined = Object.fromEntries(
    workers.map((name) => [name, { vmId: vmIdOf(name), [STORED_TRIGGER]: "long ago" }]),
  );
  const infra = infraOf(environment);
  const before = await run({ infra, joined });
  const after = await run({
    joined,
    infra: {
      ...infra,
      nodes: infra.nodes.map((node) =>
        node.name === controlPlane ? { ...node, vmId: vmIdOf("another machine") } : node,
      ),
    },
  });
  const names = ({ registered }: typeof before) => registered.map(({ name }) => name).sort();
  expect(names(after)).toEqual(names(before));

  const steps = ofType(after.registered, COMMAND);
  const changed = steps.filter(
    ({ name, inputs }) => inputs["update"] !== named(before.registered, name).inputs["update"],
  );
  expect(changed.map(({ name }) => name).sort()).toEqual(
    [
      ...["flows", "prepare", "harden", "finish-key"].map((what) => `${what}-${controlPlane}`),
      FIRST,
      ...workers.map((worker) => `mint-${worker}`),
      "cloud-provider-initialized",
      ...["install", "run"].map((what) => `etcd-backup-${what}-${controlPlane}`),
    ].sort(),
  );
  for (const { name, inputs } of changed) {
    // The official plugin would replace it for another trigger, and the delete script would undo the recovery.
    const request = after.requests.find((one) => one.getName() === name)!;
    expect(request.getIgnorechangesList()).toContain("triggers");
    expect(inputs["delete"]).toBe(named(before.registered, name).inputs["delete"]);
  }
  const waitsFor = (step: string): string[] => {
    const direct = waits(after.requests, step);
    return [...direct, ...direct.flatMap(waitsFor)];
  };
  // So initialize, which looks for the control plane that a recovery has made, looks before anybody relies on it.
  expect(waitsFor("initialize")).toEqual([
    `reset-${controlPlane}`,
    `harden-${controlPlane}`,
    `prepare-${controlPlane}`,
    "encryption-key",
    `flows-${controlPlane}`,
  ]);
  for (const later of [
    `finish-key-${controlPlane}`,
    `mint-${workers[0]}`,
    `etcd-backup-install-${controlPlane}`,
  ]) {
    expect(waitsFor(later)).toContain("initialize");
  }
});
