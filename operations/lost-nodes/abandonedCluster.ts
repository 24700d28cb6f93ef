import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { readKubeconfig } from "../../kubernetes/kubeconfig";
import { Kubectl } from "../../kubernetes/kubectl";
import { kubectlFor } from "../../kubernetes/kubectlProgram";
import { OperatorError } from "../../lib/operatorError";
import { poll } from "../../lib/poll";
import { withTemporaryFolder } from "../../lib/temporaryFolder";

/** Environment variable that is true where a cluster that does not answer is abandoned. The Kubernetes plugin reads it, too. */
export const DELETE_UNREACHABLE = "PULUMI_K8S_DELETE_UNREACHABLE";

/**
 * Works on the cluster whose kubeconfig is on standard input, as the delete step of a resource does.
 *
 * @param onSilence - Gets why the cluster does not answer; then nothing is done. What it throws is why the step fails.
 * @param patience - Milliseconds until a cluster counts as one that does not answer. @default it is asked once
 * @throws OperatorError when this machine has no kubectl for the cluster.
 */
export async function withClusterOfInput(
  work: (api: Kubectl) => Promise<void>,
  onSilence: (error: OperatorError) => void,
  patience = 0,
): Promise<void> {
  const kubeconfig = readFileSync(0, "utf8");
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, "kubeconfig");
    writeFileSync(path, kubeconfig, { mode: 0o600 });
    chmodSync(path, 0o600);
    // Without the program nothing was asked, and a cluster that was not asked is not given up.
    await kubectlFor(path);
    const api = new Kubectl(path);
    const read = readKubeconfig(kubeconfig);
    if (read.kind === "broken") {
      // kubectl would ask this machine's port 8080 instead.
      onSilence(
        new OperatorError({
          what: "The recorded kubeconfig is of no use.",
          why: read.why,
          next: "pulumi up in cluster records it again",
        }),
      );
      return;
    }
    const silence = await poll(
      () => silenceOf(api),
      (one) => one === undefined,
      {
        deadline: patience,
        interval: 1000,
      },
    );
    if (silence === undefined) {
      await work(api);
    } else {
      onSilence(silence);
    }
  });
}

/**
 * The same, where a cluster that does not answer is an error, unless it is abandoned.
 *
 * @param untouched - What is then not known or not done; the messages say it after "does not answer".
 * @throws OperatorError when the cluster does not answer, or this machine has no kubectl for it.
 */
export async function withClusterUnlessAbandoned(
  untouched: string,
  work: (api: Kubectl) => Promise<void>,
): Promise<void> {
  await withClusterOfInput(work, (error) => {
    if (process.env[DELETE_UNREACHABLE] !== "true") {
      throw unanswered(error, untouched);
    }
    console.log(`The cluster does not answer, and is given up: ${untouched}.`);
  });
}

/** Why a cluster does not answer; undefined if it does. */
async function silenceOf(api: Kubectl): Promise<OperatorError | undefined> {
  try {
    await api.list("namespaces", {});
    return undefined;
  } catch (error) {
    if (error instanceof OperatorError) {
      return error;
    }
    throw error;
  }
}

function unanswered(error: OperatorError, untouched: string): OperatorError {
  return new OperatorError({
    what: `The cluster's API does not answer: ${untouched}, and nothing was deleted.`,
    why: error.fault.why,
    next:
      "bring the API back and destroy again. If it is gone for good: make down LOST=cluster; or plain pulumi destroy with\n" +
      `${DELETE_UNREACHABLE}=true in the environment (docs/state.md). Disks that the cluster had made must then be deleted by hand`,
  });
}
