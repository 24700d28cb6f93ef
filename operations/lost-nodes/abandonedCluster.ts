import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Kubectl } from "../../kubernetes/kubectl";
import { kubectlFor } from "../../kubernetes/kubectlProgram";
import { OperatorError } from "../../lib/operatorError";
import { withTemporaryFolder } from "../../lib/temporaryFolder";

/** Environment variable that is true where a cluster that does not answer is abandoned. The Kubernetes plugin reads it, too. */
export const DELETE_UNREACHABLE = "PULUMI_K8S_DELETE_UNREACHABLE";

/**
 * Works on the cluster whose kubeconfig is on standard input, as the delete step of a resource does. A cluster that does not answer
 * is an error, unless it is abandoned.
 *
 * @param untouched - What is then not known or not done; the messages say it after "does not answer".
 * @throws OperatorError when the cluster does not answer, or this machine has no kubectl for it.
 */
export async function withClusterUnlessAbandoned(
  untouched: string,
  work: (api: Kubectl) => Promise<void>,
): Promise<void> {
  const kubeconfig = readFileSync(0, "utf8");
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, "kubeconfig");
    writeFileSync(path, kubeconfig, { mode: 0o600 });
    chmodSync(path, 0o600);
    // Without the program nothing was asked, and a cluster that was not asked is not given up.
    await kubectlFor(path);
    const api = new Kubectl(path);
    try {
      await api.list("namespaces", {});
    } catch (error) {
      if (process.env[DELETE_UNREACHABLE] !== "true") {
        throw unanswered(error, untouched);
      }
      console.log(`The cluster does not answer, and is given up: ${untouched}.`);
      return;
    }
    await work(api);
  });
}

function unanswered(error: unknown, untouched: string): unknown {
  if (!(error instanceof OperatorError)) {
    return error;
  }
  return new OperatorError({
    what: `The cluster's API does not answer: ${untouched}, and nothing was deleted.`,
    why: error.fault.why,
    next:
      "bring the API back and destroy again. If it is gone for good: make down LOST=cluster; or plain pulumi destroy with\n" +
      `${DELETE_UNREACHABLE}=true in the environment (docs/state.md). Disks that the cluster had made must then be deleted by hand`,
  });
}
