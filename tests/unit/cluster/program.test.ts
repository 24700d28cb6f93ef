import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";

import { clusterContract } from "../../../environment/contracts";
import { imagesOf } from "../../../environment/images/imagesOf";
import { site } from "../environment/site";
import { caPem } from "./certificates";
import { committed, ofType, run } from "./run";

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
  const { registered } = await committed();
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
  const { requests } = await committed();
  const dependencies = (name: RegExp) =>
    requests
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
    expect(waits).toContain(role === "worker" ? `::join-${name}` : "::initialize");
  }
});

test("the provider is told which cluster it is, so that an unknown kubeconfig replaces nothing", async () => {
  const { registered } = await committed();
  const [provider, ...others] = ofType(registered, "pulumi:providers:kubernetes");
  expect(others).toEqual([]);
  expect(provider!.inputs).toMatchObject({ clusterIdentifier: "devk8sclu" });
});

test("the outputs keep the contract, and the kubeconfig is a secret", async () => {
  const { outputs, values } = await committed();
  expect(clusterContract.parse(values["cluster"])).toEqual({
    clusterName: "devk8sclu",
    apiServer: "https://172.30.10.45:6443",
    kubernetesVersion: "1.36.3",
    cni: "flannel",
    caCertificate: caPem,
    namespaces: ["devsyslan", "dev-lan-coolcorp", "dev-dmz-coolcorp", "dev-lan-routes"],
    storageClasses: ["vsphere-dts-ssd", "vsphere-dts-nfs", "vsphere-dts-ssd-retain"],
    images: imagesOf(site("dev")),
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

test("the pod network's agents find the API by the load balancer's name, not through kube-proxy", async () => {
  const { registered } = await committed();
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
