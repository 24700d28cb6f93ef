import { nodeVersion } from "../../environment/releases/kubernetesPackages";
import { SKEW_POLICY, upgradeSkew } from "../../environment/releases/versionSkew";
import type { Environment } from "../../environment/schema";
import { Refusal } from "../../pulumi/refusal";
import type { Former } from "./previousOutputs";
import type { Running } from "./runningCluster";

/**
 * Makes sure the environment asks for the Kubernetes version that runs: by what this stack recorded, and by what the cluster itself
 * says where it answers. To be called before anything is made.
 *
 * An upgrade that was made by hand is taken over when all of the cluster has it and the environment says so.
 *
 * @throws Refusal for another version: with the rule where one is broken, and in any case because a running cluster is not
 * upgraded by these programs.
 */
export function assertVersion(
  environment: Pick<Environment, "stack" | "kubernetes" | "packages">,
  { kubernetesVersion: recorded }: Pick<Former, "kubernetesVersion">,
  running?: Running,
): void {
  const { stack } = environment;
  const { version } = environment.kubernetes;
  const file = `site:kubernetes.version in Pulumi.${stack}.yaml is ${version}`;
  const others = otherKubelets(environment, running);
  if (recorded === undefined || (recorded === version && others.length === 0)) {
    return;
  }
  if (recorded === version) {
    throw new Refusal(
      `${file}, and the cluster runs others: ${others.join(", ")}. Nothing was touched.\n` +
        "If it is being upgraded by hand: finish that on all nodes, then set kubernetes.version to what runs.",
    );
  }
  const controlPlane = running?.version;
  if (
    controlPlane?.kind === "answered" &&
    controlPlane.value === version &&
    running?.nodes.kind === "answered" &&
    others.length === 0
  ) {
    return;
  }
  const runs = [
    ...(controlPlane?.kind === "answered" ? [`API server ${controlPlane.value}`] : []),
    ...others,
  ];
  const skew = upgradeSkew(recorded, version);
  throw new Refusal(
    `${file}, and the cluster runs ${recorded}. Nothing was touched.\n` +
      (runs.length === 0 ? "" : `By its own word it runs: ${runs.join(", ")}.\n`) +
      (skew === undefined
        ? `The way from ${recorded} to ${version} keeps the rules (${SKEW_POLICY}), but this version of the programs does not upgrade a running cluster.\n`
        : `Rule: ${skew.rule} (${SKEW_POLICY}).\nBy the rules, allowed are: ${skew.allowed}. This version of the programs upgrades no running cluster, though.\n`) +
      `Set kubernetes.version back to ${recorded}.`,
  );
}

/** Nodes whose kubelet is another than the environment's, as far as the cluster tells. */
function otherKubelets(
  environment: Pick<Environment, "kubernetes" | "packages">,
  running: Running | undefined,
): string[] {
  const version = nodeVersion(environment, "kubelet");
  return running?.nodes.kind !== "answered" || version === undefined
    ? []
    : running.nodes.value
        .filter(({ kubeletVersion }) => kubeletVersion !== version)
        .map(({ name, kubeletVersion }) => `kubelet ${kubeletVersion} on ${name}`);
}
