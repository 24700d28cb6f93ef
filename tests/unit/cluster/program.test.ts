import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { parseAllDocuments } from "yaml";

import program from "../../../cluster/index";
import { JOIN_DEADLINE_SECONDS } from "../../../cluster/join";
import { DISCOVERY_FILE } from "../../../cluster/kubeadmConfig";
import { RESET_DEADLINE_SECONDS } from "../../../cluster/reset";
import { clusterContract } from "../../../environment/contracts";
import type { Environment } from "../../../environment/schema";
import { pairSite, rawPair } from "../environment/pair";
import { passwords, rawSite, site } from "../environment/site";
import { mockSite, valueOf, type Registered } from "../mocks";
import { vmIdOf } from "../vmId";
import { caPem, kubeconfig } from "./certificates";
import { infraOf } from "./infra";
import { threeControlPlanes } from "./nodes";
import { certificateKey, clusterResources, encryptionKey, token } from "./steps";

const COMMAND = "command:remote:Command";
const FIRST = "initialize";

interface Run {
  raw?: ReturnType<typeof rawSite>;
  environment?: Environment;
  stack?: "dev" | "prd";
  /** Output `joined` of the last update. */
  joined?: unknown;
  /** Output `cluster` of the last update. */
  cluster?: unknown;
}

/** Runs the program as the engine does. */
async function run({
  stack = "dev",
  raw = rawSite(stack),
  environment = site(stack),
  joined,
  cluster,
}: Run = {}) {
  const upstream: Record<string, Record<string, unknown>> = {
    [`organization/infra/${stack}`]: { infra: infraOf(environment), sshPrivateKey: "PEM" },
    [`organization/cluster/${stack}`]: { joined, cluster },
  };
  const registered = await mockSite({
    project: "cluster",
    stack,
    config: {
      ...Object.fromEntries(Object.entries(raw).map(([key, value]) => [`site:${key}`, value])),
      ...passwords,
    },
    outputs: {
      "pulumi:pulumi:StackReference": ({ inputs }) => ({
        outputs: upstream[inputs["name"]] ?? {},
        secretOutputNames: ["sshPrivateKey"],
      }),
      ...clusterResources,
    },
  });
  const outputs = await program();
  const values = Object.fromEntries(
    await Promise.all(
      Object.entries(outputs).map(async ([key, value]) => [key, await valueOf(value)] as const),
    ),
  );
  await pulumi.runtime.disconnect();
  return { registered, outputs, values };
}

const ofType = (registered: Registered[], type: string) =>
  registered.filter((one) => one.type === type);
const named = (registered: Registered[], name: string) =>
  registered.find((one) => one.name === name)!;

test("one preparation and one kubeadm step for each node, one minting for each that joins", async () => {
  const { registered } = await run();
  const steps = ofType(registered, COMMAND).map(({ name }) => name.replace("devk8sclu-", ""));
  const nodes = site("dev").nodes.map(({ name }) => name);
  const [, ...joining] = nodes;
  expect(steps.sort()).toEqual(
    [
      FIRST,
      "cloud-provider-initialized",
      "harden-devk8smst501",
      "finish-key-devk8smst501",
      ...nodes.map((node) => `prepare-${node}`),
      ...joining.flatMap((node) => [`mint-${node}`, `join-${node}`]),
      "trust-devk8slb501",
    ].sort(),
  );
});

test("every step pins the host key of its machine and keeps its output out of the log", async () => {
  const { registered } = await run();
  for (const { name, inputs, secretInputs } of ofType(registered, COMMAND)) {
    const node = ["mint-", FIRST, "cloud-provider"].some((part) => name.includes(part))
      ? "devk8smst501"
      : name.replace(/^devk8sclu-(finish-)?[a-z]+-/, "");
    expect(secretInputs).toContain("connection");
    expect(inputs["connection"]).toMatchObject({
      hostKey: `ssh-ed25519 ${node}`,
      user: "sitewright",
    });
    expect(inputs["logging"]).toBe("none");
  }
});

test("resetting a machine has its own deadline, on the machine and in the engine", async () => {
  const requests = jest.spyOn(MockMonitor.prototype, "registerResource");
  try {
    await run();
    const steps = requests.mock.calls
      .map(([request]) => request)
      .filter((request) => request.getName().match(/-initialize$|-join-/));
    expect(steps).toHaveLength(site("dev").nodes.length);
    for (const request of steps) {
      const { delete: remove } = request.getObject().toJavaScript();
      expect(remove).toMatch(`--kill-after=10 ${RESET_DEADLINE_SECONDS} bash`);
      // 300 s are for the first login.
      expect(request.getCustomtimeouts().getDelete()).toBe(`${300 + RESET_DEADLINE_SECONDS}s`);
      expect(request.getCustomtimeouts().getCreate()).toBe(`${300 + JOIN_DEADLINE_SECONDS}s`);
    }
  } finally {
    requests.mockRestore();
  }
});

test("no secret is in a command's text, in any of its triggers, or in clear in its input", async () => {
  const { registered } = await run({
    environment: threeControlPlanes(),
    raw: withThreeControlPlanes(),
  });
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
  const { registered } = await run();
  const { inputs, secretInputs } = named(registered, "devk8sclu-join-devk8swok501");
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
  const { registered } = await run({
    environment: threeControlPlanes(),
    raw: withThreeControlPlanes(),
  });
  const { inputs, secretInputs } = named(registered, "devk8sclu-join-devk8smst502");
  expect(secretInputs).toContain("stdin");
  const [config] = documents(inputs["stdin"]);
  expect(config).toMatchObject({
    controlPlane: { certificateKey, localAPIEndpoint: { advertiseAddress: "172.30.10.57" } },
  });
});

test("several control planes take a key in one after the other, and one joins when none has another", async () => {
  const requests = jest.spyOn(MockMonitor.prototype, "registerResource");
  try {
    const { registered } = await run({
      environment: threeControlPlanes(),
      raw: withThreeControlPlanes(),
    });
    const waits = (name: string): string[] =>
      requests.mock.calls
        .map(([request]) => request)
        .find((request) => request.getName() === `devk8sclu-${name}`)!
        .getDependenciesList()
        .map((urn: string) => urn.split("::").at(-1)!.replace("devk8sclu-", ""));
    const [one, two, three] = ["devk8smst501", "devk8smst502", "devk8smst503"];
    expect(waits(`harden-${three}`)).toEqual(
      expect.arrayContaining([`harden-${one}`, `harden-${two}`]),
    );
    expect(waits(`use-key-${one}`)).toContain(`harden-${three}`);
    expect(waits(`use-key-${two}`)).toContain(`use-key-${one}`);
    expect(waits(`finish-key-${one}`)).toEqual(
      expect.arrayContaining([FIRST, `use-key-${one}`, `use-key-${two}`, `use-key-${three}`]),
    );
    expect(waits(`finish-key-${two}`)).toContain(`finish-key-${one}`);
    expect(waits(`mint-${two}`)).toContain(`finish-key-${one}`);
    expect(waits(`join-${two}`)).toContain(`harden-${two}`);
    expect(named(registered, `devk8sclu-harden-${one}`).secretInputs).toContain("stdin");
  } finally {
    requests.mockRestore();
  }
});

test("an update runs the same step in place; the first control plane is then verified, not made", async () => {
  const { registered } = await run();
  for (const { name, inputs } of ofType(registered, COMMAND)) {
    expect(typeof inputs["update"]).toBe("string");
    if (name.includes(FIRST)) {
      expect(inputs["update"]).not.toContain("kubeadm init");
    } else {
      expect(inputs["update"]).toBe(inputs["create"]);
    }
  }
});

test("destroy resets machines and forgets nodes, and that is all", async () => {
  const { registered } = await run();
  for (const { name, inputs } of ofType(registered, COMMAND)) {
    const remove: string | undefined = inputs["delete"];
    if (/prepare|initialized|finish-key/.test(name)) {
      expect(remove).toBeUndefined();
    } else if (name.includes("harden")) {
      expect(remove).toContain("rm -rf /etc/kubernetes/apiserver");
    } else if (name.includes("mint")) {
      expect(remove).toContain("delete node");
    } else if (name.includes("trust")) {
      expect(remove).toContain("rm -f /etc/haproxy/cluster-ca.crt");
    } else {
      expect(remove).toContain("kubeadm reset --force");
    }
  }
});

test("the load balancers get the CA's certificate one after the other, and again when one was replaced", async () => {
  const environment = pairSite("dev");
  const { registered } = await run({ environment, raw: rawPair("dev") });
  const names = registered.map(({ name }) => name);
  const [first, second] = ["devk8slb501", "devk8slb502"].map((machine) =>
    named(registered, `devk8sclu-trust-${machine}`),
  );
  expect(first!.inputs).toMatchObject({
    stdin: caPem,
    triggers: [vmIdOf("devk8slb501")],
    connection: { host: "172.30.10.46", hostKey: "ssh-ed25519 devk8slb501" },
  });
  expect(names.indexOf(first!.name)).toBeGreaterThan(names.indexOf("devk8sclu-initialize"));
  expect(names.indexOf(second!.name)).toBeGreaterThan(names.indexOf(first!.name));
});

test("before anything that a volume needs is deleted, claims and volumes end", async () => {
  const requests = jest.spyOn(MockMonitor.prototype, "registerResource");
  try {
    const { registered } = await run();
    const all = requests.mock.calls.map(([request]) => request);
    const waits = (name: string): string[] =>
      all
        .find((request) => request.getName() === name)!
        .getDependenciesList()
        .map((urn: string) => urn.split("::").at(-1));
    const others = registered
      .filter(({ type }) => /^(command:remote|kubernetes):/.test(type))
      .map(({ name }) => name);
    expect(waits("volume-release-claims")).toEqual(expect.arrayContaining(others));
    // And whether anything still stands on the cluster is asked before that.
    expect(waits("dependents-check")).toContain("volume-release-claims");
    const { inputs, secretInputs } = named(registered, "volume-release-claims");
    expect(inputs).toMatchObject({
      delete: "node ../operations/releaseVolumes.js",
      stdin: kubeconfig,
    });
    expect(inputs).not.toHaveProperty("create");
    expect(secretInputs).toContain("stdin");
  } finally {
    requests.mockRestore();
  }
});

test("a machine that has joined is triggered by what is recorded, any other by this update", async () => {
  const before = { vmId: vmIdOf("devk8swok501"), occasion: "long ago" };
  const { registered, values } = await run({ joined: { devk8swok501: before } });
  const triggers = (node: string): string[] =>
    named(registered, `devk8sclu-mint-${node}`).inputs["triggers"];
  expect(triggers("devk8swok501")).toEqual([
    vmIdOf("devk8smst501"),
    vmIdOf("devk8swok501"),
    "long ago",
  ]);
  const [, , occasion] = triggers("devk8swok502");
  expect(Date.parse(occasion!)).not.toBeNaN();
  expect(values["joined"]).toMatchObject({
    devk8swok501: before,
    devk8swok502: { vmId: vmIdOf("devk8swok502"), occasion },
  });
});

test("the version that runs is no other than the one that is asked for", async () => {
  const runs = { cluster: { kubernetesVersion: site("dev").kubernetes.version } };
  expect((await run(runs)).values["cluster"]).toMatchObject({ kubernetesVersion: "1.36.3" });
});

test("another version than the one that runs is refused before a machine is touched", async () => {
  const commands = jest.spyOn(MockMonitor.prototype, "registerResource");
  try {
    await expect(run({ cluster: { kubernetesVersion: "1.37.0", cni: "flannel" } })).rejects.toThrow(
      /site:kubernetes\.version in Pulumi\.dev\.yaml is 1\.36\.3, and the cluster runs 1\.37\.0\. Nothing was touched\./,
    );
    const types = commands.mock.calls.map(([request]) => request.getType());
    expect(types.filter((type) => type !== "pulumi:pulumi:StackReference")).toEqual([]);
  } finally {
    commands.mockRestore();
    await pulumi.runtime.disconnect();
  }
});

test("labels and taints: one patch for each node", async () => {
  const { registered } = await run();
  const patches = ofType(registered, "kubernetes:core/v1:NodePatch").map(({ inputs }) => inputs);
  const of = (node: string) => patches.find(({ metadata }) => metadata.name === node)!;
  expect(patches).toHaveLength(5);
  expect(of("devk8swok511")).toMatchObject({
    metadata: {
      labels: { "node-role.kubernetes.io/worker": "", arch: "x86", net: "web" },
      annotations: { "pulumi.com/patchForce": "true" },
    },
    spec: { taints: [{ key: "zone", value: "dmz", effect: "NoSchedule" }] },
  });
  const { annotations } = of("devk8swok511").metadata;
  expect(JSON.parse(annotations["pulumi.com/waitFor"])).toEqual([
    "condition=Ready",
    `jsonpath={.metadata.annotations["sitewright/revision"]}=${annotations["sitewright/revision"]}`,
  ]);
  expect(of("devk8swok501")).not.toHaveProperty("spec");
  expect(of("devk8smst501")).not.toHaveProperty("spec");
  expect(of("devk8smst501").metadata.labels).toEqual({ arch: "x86", net: "lan" });
});

test("a node's taints, its readiness and all pods come after the cloud provider has looked at every node", async () => {
  const requests = jest.spyOn(MockMonitor.prototype, "registerResource");
  try {
    await run();
    const dependencies = (name: RegExp) =>
      requests.mock.calls
        .map(([request]) => request)
        .filter((request) => name.test(request.getName()))
        .map((request) => request.getDependenciesList().join());
    const patches = dependencies(/^node-devk8s/);
    expect(patches).toHaveLength(site("dev").nodes.length);
    const later = [...patches, ...dependencies(/^core-dns$|^volumes-local-path$/)];
    expect(later).toHaveLength(patches.length + 2);
    for (const list of later) {
      expect(list).toContain("::cloud-provider-initialized");
    }
    const [waits] = dependencies(/^cloud-provider-initialized$/);
    expect(waits).toContain("::cloud-provider-pods");
    for (const { name, role } of site("dev").nodes) {
      expect(waits).toContain(role === "worker" ? `-join-${name}` : "-initialize");
    }
  } finally {
    requests.mockRestore();
  }
});

test("namespaces carry their level of pod security, classes what the environment says", async () => {
  const { registered } = await run();
  const namespaces = ofType(registered, "kubernetes:core/v1:Namespace").filter(({ name }) =>
    name.startsWith("namespace-"),
  );
  expect(namespaces.map(({ inputs }) => inputs["metadata"].name)).toEqual([
    "devsyslan",
    "dev-lan-coolcorp",
    "dev-dmz-coolcorp",
  ]);
  expect(namespaces[0]!.inputs["metadata"].labels).toEqual({
    environment: "dev",
    category: "sys",
    zone: "lan",
    "pod-security.kubernetes.io/enforce": "restricted",
    "pod-security.kubernetes.io/warn": "restricted",
  });
  const defaults = ofType(registered, "kubernetes:storage.k8s.io/v1:StorageClass").map(
    ({ inputs }) => [
      inputs["metadata"].name,
      inputs["metadata"].annotations["storageclass.kubernetes.io/is-default-class"],
    ],
  );
  expect(defaults).toEqual([
    ["vsphere-dts-ssd", "true"],
    ["vsphere-dts-nfs", "false"],
    ["vsphere-dts-ssd-retain", "false"],
  ]);
});

test("nothing enters or leaves a namespace but questions to CoreDNS", async () => {
  const { registered } = await run();
  const policies = ofType(registered, "kubernetes:networking.k8s.io/v1:NetworkPolicy").map(
    ({ inputs }) => inputs,
  );
  const homes = site("dev").namespaces.map(({ name }) => name);
  expect(policies.filter(({ metadata }) => homes.includes(metadata.namespace))).toHaveLength(
    2 * homes.length,
  );
  for (const namespace of homes) {
    expect(policies.filter(({ metadata }) => metadata.namespace === namespace)).toEqual([
      expect.objectContaining({
        metadata: { name: "default-deny", namespace },
        spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
      }),
      expect.objectContaining({
        metadata: { name: "allow-dns", namespace },
        spec: {
          podSelector: {},
          policyTypes: ["Egress"],
          egress: [
            {
              to: [
                {
                  namespaceSelector: {
                    matchLabels: { "kubernetes.io/metadata.name": "kube-system" },
                  },
                  podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
                },
              ],
              ports: [
                { protocol: "UDP", port: 53 },
                { protocol: "TCP", port: 53 },
              ],
            },
          ],
        },
      }),
    ]);
  }
});

test("a namespace has the quota and the limits the environment says", async () => {
  const { registered } = await run();
  const of = (type: string) =>
    named(registered, `namespace-devsyslan-${type}`).inputs as Record<string, unknown>;
  expect(of("quota")).toMatchObject({
    metadata: { name: "namespace", namespace: "devsyslan" },
    spec: {
      hard: {
        "requests.cpu": "2",
        "requests.memory": "2Gi",
        "limits.cpu": "8",
        "limits.memory": "4Gi",
        pods: "30",
        persistentvolumeclaims: "10",
      },
    },
  });
  expect(of("limits")).toMatchObject({
    metadata: { name: "namespace", namespace: "devsyslan" },
    spec: {
      limits: [
        {
          type: "Container",
          default: { cpu: "500m", memory: "128Mi" },
          defaultRequest: { cpu: "20m", memory: "64Mi" },
          max: { cpu: "2", memory: "1Gi" },
        },
      ],
    },
  });
});

test("without quota and limits there are no such objects, and the namespace is closed all the same", async () => {
  const raw = rawSite("dev");
  delete raw["namespaces"][2].quota;
  delete raw["namespaces"][2].limits;
  const { registered } = await run({ raw });
  const names = registered.map(({ name }) => name);
  const own = names.filter((name) => name.startsWith("namespace-dev-dmz-coolcorp"));
  expect(own).toEqual([
    "namespace-dev-dmz-coolcorp",
    "namespace-dev-dmz-coolcorp-default-deny",
    "namespace-dev-dmz-coolcorp-allow-dns",
  ]);
});

test("a namespace that allows more says why", async () => {
  const raw = rawSite("dev");
  Object.assign(raw["namespaces"][2], {
    podSecurity: "privileged",
    podSecurityReason: "its agent reads the node's files",
  });
  const { registered } = await run({ raw });
  expect(named(registered, "namespace-dev-dmz-coolcorp").inputs["metadata"]).toMatchObject({
    labels: { "pod-security.kubernetes.io/enforce": "privileged" },
    annotations: { "sitewright/pod-security-reason": "its agent reads the node's files" },
  });
});

test("the provider is told which cluster it is, so that an unknown kubeconfig replaces nothing", async () => {
  const { registered } = await run();
  const [provider, ...others] = ofType(registered, "pulumi:providers:kubernetes");
  expect(others).toEqual([]);
  expect(provider!.inputs).toMatchObject({ clusterIdentifier: "devk8sclu" });
});

test("the outputs keep the contract, and the kubeconfig is a secret", async () => {
  const { outputs, values } = await run();
  expect(clusterContract.parse(values["cluster"])).toEqual({
    clusterName: "devk8sclu",
    apiServer: "https://172.30.10.45:6443",
    kubernetesVersion: "1.36.3",
    cni: "flannel",
    caCertificate: caPem,
    namespaces: ["devsyslan", "dev-lan-coolcorp", "dev-dmz-coolcorp"],
    storageClasses: ["vsphere-dts-ssd", "vsphere-dts-nfs", "vsphere-dts-ssd-retain"],
  });
  expect(await pulumi.isSecret(outputs.kubeconfig)).toBe(true);
  expect(await pulumi.isSecret(outputs.cluster)).toBe(false);
});

test("production's pod network is Antrea, and its nodes get their labels after it", async () => {
  const { registered, values } = await run({ stack: "prd" });
  expect(values["cluster"]).toMatchObject({ cni: "antrea" });
  const agents = ofType(registered, "kubernetes:apps/v1:DaemonSet").filter(({ name }) =>
    name.startsWith("pod-network"),
  );
  expect(agents.map(({ inputs }) => inputs["metadata"].name)).toEqual(["antrea-agent"]);
  expect(registered.map(({ name }) => name)).not.toContain("pod-network-flannel");
});

function withThreeControlPlanes() {
  const raw = rawSite("dev");
  raw["nodes"] = threeControlPlanes().nodes;
  return raw;
}

test("the pod network's agents find the API by the load balancer's name, not through kube-proxy", async () => {
  const { registered } = await run();
  const agents = ofType(registered, "kubernetes:apps/v1:DaemonSet").filter(({ name }) =>
    name.startsWith("pod-network"),
  );
  expect(agents.map(({ inputs }) => inputs["metadata"].name)).toEqual(["flannel", "kube-router"]);
  for (const { inputs } of agents) {
    const pod = inputs["spec"].template.spec;
    expect(pod).toMatchObject({ hostNetwork: true, tolerations: [{ operator: "Exists" }] });
    for (const { env } of pod.containers) {
      expect(env).toEqual(
        expect.arrayContaining([
          { name: "KUBERNETES_SERVICE_HOST", value: "kube.coolcorp.test" },
          { name: "KUBERNETES_SERVICE_PORT", value: "6443" },
        ]),
      );
    }
  }
});
