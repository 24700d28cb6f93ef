import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";

import { fixedSettings, immutableSettingsOf } from "../../../../cluster/state/immutableSettings";
import { parseEnvironment } from "../../../environment";
import { rawSite, site } from "../../environment/site";
import { type Difference, run } from "../run";

const made = immutableSettingsOf(site("dev"), site("dev").nodes);
const node = site("dev").nodes[1]!.name;
const cluster = { clusterName: "devk8sclu", kubernetesVersion: site("dev").kubernetes.version };

/** Why the program refuses an edit; undefined when it does not. Nothing but references to stacks may have been registered. */
async function refusal(edit: (raw: ReturnType<typeof rawSite>) => void, previous: Difference) {
  const raw = rawSite("dev");
  edit(raw);
  const registered = jest.spyOn(MockMonitor.prototype, "registerResource");
  try {
    await run({ ...previous, raw, environment: parseEnvironment("dev", raw) });
    return undefined;
  } catch (error) {
    const types = registered.mock.calls.map(([request]) => request.getType());
    expect(types.filter((type) => type !== "pulumi:pulumi:StackReference")).toEqual([]);
    return (error as Error).message;
  } finally {
    registered.mockRestore();
    await pulumi.runtime.disconnect();
  }
}

test("what was recorded is accepted as it is, also by a state that an older program left", async () => {
  expect(await refusal(() => undefined, { made, cluster })).toBeUndefined();
  expect(await refusal(() => undefined, { cluster })).toBeUndefined();
});

test("all that a running cluster cannot change is refused at once, before any resource", async () => {
  const message = await refusal(
    (raw) => {
      Object.assign(raw["kubernetes"], {
        ...{ clusterName: "other", apiPort: 7443 },
        ...{ podSubnet: "10.201.0.0/16", serviceSubnet: "10.202.0.0/16" },
      });
    },
    { made: { ...made, roles: { ...made.roles, [node]: "control-plane" } }, cluster },
  );
  for (const part of [
    "site:kubernetes.clusterName: other; the cluster was made with devk8sclu",
    "site:kubernetes.apiName and apiPort: kube.coolcorp.test:7443; the cluster was made with kube.coolcorp.test:6443",
    `site:kubernetes.podSubnet: 10.201.0.0/16; the cluster was made with ${made.facts["podSubnet"]}`,
    `site:kubernetes.serviceSubnet: 10.202.0.0/16; the cluster was made with ${made.facts["serviceSubnet"]}`,
    `${node}: role worker; it is a control-plane`,
    "Nothing was touched.",
  ]) {
    expect(message).toContain(part);
  }
});

test("a cloud provider is neither added nor taken away", async () => {
  const { cloudProvider, ...facts } = made.facts;
  expect(cloudProvider).toBe("external");
  expect(await refusal(() => undefined, { made: { ...made, facts }, cluster })).toContain(
    "site:kubernetes.cloudProvider: external; the cluster was made without it",
  );
  const message = await refusal(() => undefined, {
    made: { ...made, facts: { ...made.facts, extra: "x" } },
    cluster,
  });
  expect(message).toContain("site:kubernetes.extra: not set; the cluster was made with x");
});

test("what kubeadm has written into the cluster, and what nodes and volumes are tied to, is refused where it was recorded", async () => {
  const csi = { "volumes.provisioner": "vsphere-csi", "volumes.clusterId": "other" };
  const edit = (raw: ReturnType<typeof rawSite>) => {
    raw["kubernetes"].kubelet.maxPods = 50;
    Object.assign(raw["kubernetes"], { kubeProxy: { mode: "ipvs" }, imageRepository: "r.test/k" });
    raw["kubernetes"].audit = { maxAgeDays: 7 };
  };
  const message = await refusal(edit, {
    made: { ...made, settings: { ...made.settings, ...csi, "cni.type": "antrea" } },
    cluster,
  });
  for (const part of [
    /site:kubernetes\.kubelet: \{.*"maxPods":50.*\}; the cluster was made with \{/,
    'site:kubernetes.kubeProxy: {"mode":"ipvs"}; the cluster was made with {"conntrack":{',
    'site:kubernetes.audit: {"maxAgeDays":7,',
    "site:kubernetes.imageRepository: r.test/k; the cluster was made with kubeadm's default",
    "site:cni.type: flannel; the cluster was made with antrea",
    "site:volumes.provisioner: local-path; the cluster was made with vsphere-csi",
  ]) {
    expect(message).toMatch(part);
  }
  const older = { facts: made.facts, roles: made.roles };
  expect(await refusal(edit, { made: older, cluster })).toBeUndefined();
  // The order of keys in the file is no change.
  const { kubelet } = site("dev").kubernetes;
  const turned = Object.fromEntries(Object.entries(kubelet).reverse());
  const turn = (raw: ReturnType<typeof rawSite>) => (raw["kubernetes"].kubelet = turned);
  expect(await refusal(turn, { made, cluster })).toBeUndefined();
  const prd = site("prd");
  expect(fixedSettings(prd)["volumes.clusterId"]).toBe(prd.kubernetes.clusterName);
  expect(Object.keys(fixedSettings(site("dev")))).not.toContain("volumes.clusterId");
});

test("another cluster name is refused by the state of an older program, and by names of resources alone", async () => {
  const rename = (raw: ReturnType<typeof rawSite>) => {
    raw["kubernetes"].clusterName = "other";
  };
  const expected = "site:kubernetes.clusterName: other; the cluster was made with devk8sclu";
  expect(await refusal(rename, { cluster })).toContain(expected);
  const type = "sitewright:cluster:KubeadmCluster";
  const state = (...names: string[]) =>
    names.map((name) => ({ urn: `urn:pulumi:dev::sitewright-cluster::${type}::${name}`, type }));
  const former = state("devk8sclu", "devk8sclu-prepare-devk8smst501");
  expect(await refusal(rename, { resources: former })).toContain(expected);
  // Nothing on a machine, or steps that another name of the cluster does not delete.
  expect(await refusal(rename, { resources: state("devk8sclu") })).toBeUndefined();
  const present = state("cluster", "prepare-devk8smst501", "prepare-prepare-a", "initialize");
  expect(await refusal(rename, { resources: present })).toBeUndefined();
  expect(await refusal(rename, {})).toBeUndefined();
});
