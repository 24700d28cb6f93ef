import { Refusal } from "../environment/refusal";
import type { Environment } from "../environment/schema";
import { SKEW_POLICY, upgradeSkew } from "../environment/versionSkew";
import type { Former } from "./former";

/**
 * Makes sure the environment asks for the Kubernetes version that runs. It needs no machine: what runs is what this stack
 * recorded. To be called before anything is made.
 *
 * @throws Refusal for another version: with the rule where one is broken, and in any case because a running cluster is not
 * upgraded by these programs.
 */
export function assertVersion(
  { stack, kubernetes }: Pick<Environment, "stack" | "kubernetes">,
  { kubernetesVersion: running }: Pick<Former, "kubernetesVersion">,
): void {
  const { version } = kubernetes;
  if (running === undefined || running === version) {
    return;
  }
  const skew = upgradeSkew(running, version);
  throw new Refusal(
    `site:kubernetes.version in Pulumi.${stack}.yaml is ${version}, and the cluster runs ${running}. Nothing was touched.\n` +
      (skew === undefined
        ? `The way from ${running} to ${version} keeps the rules (${SKEW_POLICY}), but this version of the programs does not upgrade a running cluster.\n`
        : `Rule: ${skew.rule} (${SKEW_POLICY}).\nBy the rules, allowed are: ${skew.allowed}. This version of the programs upgrades no running cluster, though.\n`) +
      `Set kubernetes.version back to ${running}.`,
  );
}
