import { nodeVersion } from "../../environment/releases/kubernetesPackages";
import { SKEW_POLICY, upgradeSkew } from "../../environment/releases/versionSkew";
import type { Environment } from "../../environment/schema";
import { Refusal } from "../../pulumi/refusal";
import type { PreviousOutputs } from "./previousOutputs";
import type { Running } from "./runningCluster";

/**
 * Refuses another Kubernetes version than the one that runs. It compares the environment with what this stack has recorded and, if
 * the cluster answers, with what the cluster says. Call it before anything is created.
 *
 * An upgrade by hand is accepted when the whole cluster has the new version and the environment names it.
 *
 * @throws Refusal for another version, because these programs do not upgrade a running cluster. It names the rule if one is broken.
 */
export function assertVersion(
  environment: Pick<Environment, "stack" | "kubernetes" | "packages">,
  { kubernetesVersion: recorded }: Pick<PreviousOutputs, "kubernetesVersion">,
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

/** Nodes whose kubelet has another version than the environment's, as far as the cluster tells. */
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
