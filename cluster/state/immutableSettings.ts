import type { Environment } from "../../environment/schema";
import { Refusal } from "../../pulumi/refusal";
import { readStackResources } from "../../pulumi/stackResources";
import { apiEndpoint } from "../kubeadm/kubeadmConfig";
import type { Former, Made } from "./previousOutputs";

/** Settings that are written into every certificate, node and Service of a cluster. */
export function unchangeableFacts(environment: Environment): Record<string, string> {
  const { kubernetes } = environment;
  return {
    clusterName: kubernetes.clusterName,
    controlPlaneEndpoint: apiEndpoint(environment),
    podSubnet: kubernetes.podSubnet,
    serviceSubnet: kubernetes.serviceSubnet,
    // A node that joined without one is never given its providerID later.
    ...(kubernetes.cloudProvider === undefined ? {} : { cloudProvider: "external" }),
  };
}

/** By which keys a person sets what the facts name otherwise. */
const KEYS: Record<string, string> = { controlPlaneEndpoint: "apiName and apiPort" };

/** What the next update compares. */
export function madeOf(environment: Environment): Made {
  return {
    facts: unchangeableFacts(environment),
    roles: Object.fromEntries(environment.nodes.map(({ name, role }) => [name, role])),
  };
}

/**
 * Makes sure the environment asks for nothing that a cluster cannot change while it lives, from what this stack has recorded: no
 * machine is asked. It has to come before any resource: all of them are named after the cluster, and another name would have the step
 * that is named by the former one deleted, whose undoing takes away what the API server reads.
 *
 * @throws Refusal with everything that differs.
 */
export async function refuseUnchangeable(environment: Environment, former: Former): Promise<void> {
  const { stack, nodes } = environment;
  const facts = unchangeableFacts(environment);
  const was = former.made?.facts ?? (await clusterNameOnly(former));
  const keys =
    former.made === undefined
      ? Object.keys(was)
      : [...new Set([...Object.keys(was), ...Object.keys(facts)])];
  const faults = keys
    .filter((key) => was[key] !== facts[key])
    .map((key) => {
      const [is, made] = [facts[key] ?? "not set", was[key]];
      return `site:kubernetes.${KEYS[key] ?? key}: ${is}; the cluster was made ${made === undefined ? "without it" : `with ${made}`}`;
    });
  for (const { name, role } of nodes) {
    const before = former.made?.roles[name];
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

/** What can be told of a cluster whose last update recorded no facts. One that never finished has only the names of its resources. */
async function clusterNameOnly({ clusterName }: Former): Promise<Record<string, string>> {
  if (clusterName !== undefined) {
    return { clusterName };
  }
  const own = await readStackResources("cluster");
  const cluster =
    own.kind === "read"
      ? own.resources.find(({ type }) => type === "sitewright:cluster:KubeadmCluster")
      : undefined;
  return cluster === undefined ? {} : { clusterName: cluster.urn.split("::").at(-1) ?? "" };
}
