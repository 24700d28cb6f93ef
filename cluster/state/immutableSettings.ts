import type { Environment, NodeSpec } from "../../environment/schema";
import { isObject } from "../../lib/values";
import { formerClusterName } from "../../pulumi/recordedCluster";
import { Refusal } from "../../pulumi/refusal";
import { readStackResources } from "../../pulumi/stackResources";
import { apiEndpoint } from "../kubeadm/kubeadmConfig";
import type { PreviousOutputs, ImmutableSettings } from "./previousOutputs";

/** Settings that kubeadm writes into the certificates, nodes and Services of a cluster. */
export function immutableFacts(environment: Environment): Record<string, string> {
  const { kubernetes } = environment;
  return {
    clusterName: kubernetes.clusterName,
    controlPlaneEndpoint: apiEndpoint(environment),
    podSubnet: kubernetes.podSubnet,
    serviceSubnet: kubernetes.serviceSubnet,
    // A node that joined without a cloud provider never gets a providerID later.
    ...(kubernetes.cloudProvider === undefined ? {} : { cloudProvider: "external" }),
  };
}

/** The same as lines, as a control plane that is complete keeps them. */
export function immutableFactsText(environment: Environment): string {
  return Object.entries(immutableFacts(environment))
    .map(([key, is]) => `${key}=${is}`)
    .join("\n");
}

/**
 * Settings beside those facts that a running cluster keeps whatever the environment says, as text by their keys. The empty text stands for
 * a key that is not there.
 */
export function fixedSettings({ kubernetes, cni, volumes }: Environment): Record<string, string> {
  const { audit, kubelet, kubeProxy, imageRepository = "" } = kubernetes;
  return {
    // Each kind leaves rules and interfaces on the nodes, and pods with addresses of its own.
    "cni.type": cni.type,
    // Volumes that one provisioner has made are removed by no other.
    "volumes.provisioner": volumes.provisioner,
    ...(volumes.provisioner === "vsphere-csi"
      ? { "volumes.clusterId": volumes.clusterId ?? kubernetes.clusterName }
      : {}),
    // kubeadm has written these into the cluster when it was initialized. Machines that join take them from there.
    "kubernetes.audit": stableText(audit),
    "kubernetes.kubelet": stableText(kubelet),
    "kubernetes.kubeProxy": stableText(kubeProxy),
    "kubernetes.imageRepository": imageRepository,
  };
}

/** JSON whose text does not depend on the order of keys in a file. */
function stableText(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    isObject(item)
      ? Object.fromEntries(Object.entries(item).sort(([one], [other]) => (one < other ? -1 : 1)))
      : item,
  );
}

/** Keys of the environment file, where they differ from the names of the facts. */
const KEYS: Record<string, string> = { controlPlaneEndpoint: "apiName and apiPort" };

/**
 * What this update records, for the next one to compare.
 *
 * @param members - The nodes that are in the cluster after it.
 */
export function immutableSettingsOf(
  environment: Environment,
  members: readonly Pick<NodeSpec, "name" | "role">[],
): ImmutableSettings {
  return {
    facts: immutableFacts(environment),
    roles: Object.fromEntries(members.map(({ name, role }) => [name, role])),
    settings: fixedSettings(environment),
  };
}

/**
 * Refuses a change of a setting that cannot change while the cluster exists. It compares the environment with what this stack has
 * recorded, and asks no machine. Call it before any resource: in the state of older programs resources are named after the cluster, so
 * another name of the cluster would delete its steps, and a delete step removes files that the API server reads.
 *
 * @throws Refusal with everything that differs.
 */
export async function refuseImmutableChanges(
  environment: Environment,
  previous: PreviousOutputs,
): Promise<void> {
  const { stack, nodes } = environment;
  const facts = immutableFacts(environment);
  const was = previous.immutableSettings?.facts ?? (await clusterNameOnly(previous));
  const keys =
    previous.immutableSettings === undefined
      ? Object.keys(was)
      : [...new Set([...Object.keys(was), ...Object.keys(facts)])];
  const faults = keys
    .filter((key) => was[key] !== facts[key])
    .map((key) => {
      const [is, before] = [facts[key] ?? "not set", was[key]];
      return `site:kubernetes.${KEYS[key] ?? key}: ${is}; the cluster was made ${before === undefined ? "without it" : `with ${before}`}`;
    });
  const settings = fixedSettings(environment);
  for (const [key, before] of Object.entries(previous.immutableSettings?.settings ?? {})) {
    const is = settings[key];
    if (is !== undefined && is !== before) {
      faults.push(
        `site:${key}: ${is || "not set"}; the cluster was made with ${before || "kubeadm's default"}`,
      );
    }
  }
  for (const { name, role } of nodes) {
    const before = previous.immutableSettings?.roles[name];
    if (before !== undefined && before !== role) {
      faults.push(
        `site:nodes, ${name}: role ${role}; it is a ${before}. A node changes its role by leaving, in one update, and joining in a later one, as another machine`,
      );
    }
  }
  if (faults.length > 0) {
    throw new Refusal(
      `Pulumi.${stack}.yaml changes what cannot change while the cluster lives. Nothing was touched.\n` +
        `${faults.map((fault) => `  ${fault}\n`).join("")}` +
        `Set it back, or destroy the cluster first: make down ENV=${stack}`,
    );
  }
}

/**
 * The cluster's name, where the last update recorded no facts. If no update of older programs ever finished, only the names of its
 * resources tell it. Present names do not: then no step is deleted, and the machines know what their cluster was made with.
 */
async function clusterNameOnly({ clusterName }: PreviousOutputs): Promise<Record<string, string>> {
  if (clusterName !== undefined) {
    return { clusterName };
  }
  const own = await readStackResources("cluster");
  const former = own.kind === "read" ? formerClusterName(own.resources) : undefined;
  return former === undefined ? {} : { clusterName: former };
}
