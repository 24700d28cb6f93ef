import { join } from "node:path";

import { writeAtomically } from "../../lib/files";
import { OperatorError } from "../../lib/operatorError";
import { stateDirectory } from "../../lib/paths";
import { Engine } from "./engine";
import { selectProjects } from "./stacks";

/** Where the kubeconfig file of an environment is written. */
export function kubeconfigPath(environment: string): string {
  return join(stateDirectory(), environment, "kubeconfig");
}

/**
 * Writes the administrator's kubeconfig from the cluster stack's secret output to a file of mode
 * 0600 outside the checkout, and returns its path.
 * @throws OperatorError when the cluster stack is not up.
 */
export async function writeKubeconfig(environment: string): Promise<string> {
  const [cluster] = selectProjects("cluster");
  const { kubeconfig } = (await new Engine(environment).outputs(cluster)) ?? {};
  if (typeof kubeconfig !== "string") {
    throw new OperatorError({
      what: "There is no kubeconfig yet: the cluster stack is not up.",
      where: `stack ${environment} of project cluster`,
      next: `make up ENV=${environment}`,
    });
  }
  const path = kubeconfigPath(environment);
  writeAtomically(path, kubeconfig);
  return path;
}
