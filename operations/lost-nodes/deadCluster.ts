import { Kubectl } from "../../kubernetes/kubectl";
import { askToType } from "../../lib/terminal/confirmation";
import { OperatorError } from "../../lib/operatorError";
import { waitFor } from "../../lib/poll";
import { type Engine, isUnattended } from "../engine/engine";
import { writeKubeconfig } from "../engine/kubeconfigFile";
import { selectProjects } from "../engine/stacks";

/** The value of LOST that gives up a whole cluster: LOST=cluster. */
export const WHOLE_CLUSTER = "cluster";

/** Milliseconds in which the API must answer, and between two attempts. */
const PATIENCE = { deadline: 30_000, pause: 2_000 };

/** What decides whether a cluster is abandoned. */
export interface Abandonment {
  /** What LOST says. */
  lost: string | undefined;
  /** Asks the API once; undefined where there is no cluster. */
  ask: (() => Promise<unknown>) | undefined;
  /** Asks the operator for consent. */
  agree: () => Promise<void>;
  patience?: typeof PATIENCE;
}

/**
 * Whether a destroy goes on without the cluster's API, because the operator says that it is gone for good. If the API answers
 * after all, the site is destroyed as usual.
 *
 * @throws OperatorError when LOST has another value, or the operator does not agree.
 */
export async function isAbandoned({
  lost,
  ask,
  agree,
  patience = PATIENCE,
}: Abandonment): Promise<boolean> {
  if (lost === undefined) {
    return false;
  }
  if (lost !== WHOLE_CLUSTER) {
    throw new OperatorError({
      what: "make down finds out by itself which machines do not answer; it takes no names of them.",
      where: `LOST=${lost}`,
      next: `leave LOST out; LOST=${WHOLE_CLUSTER} is for a cluster none of whose API servers will ever answer again`,
    });
  }
  if (ask === undefined) {
    console.log("There is no cluster to give up: the site goes down as always.");
    return false;
  }
  const answers = async (): Promise<boolean> => {
    try {
      await ask();
      return true;
    } catch (error) {
      if (error instanceof OperatorError) {
        return false;
      }
      throw error;
    }
  };
  if (await waitFor(answers, { deadline: patience.deadline, interval: patience.pause })) {
    console.log("The cluster's API answers: the site goes down as always.");
    return false;
  }
  await agree();
  console.log("The cluster's API does not answer, and is given up.");
  return true;
}

/** The same for an environment. Outside the lab it asks the operator. */
export async function abandonsCluster(engine: Engine, lost: string | undefined): Promise<boolean> {
  const { environment } = engine;
  const [cluster] = selectProjects("cluster");
  const known = lost === WHOLE_CLUSTER && (await engine.outputs(cluster))?.kubeconfig !== undefined;
  return isAbandoned({
    lost,
    ask: known
      ? async () => new Kubectl(await writeKubeconfig(environment)).list("namespaces", {})
      : undefined,
    agree: () =>
      isUnattended(environment)
        ? Promise.resolve()
        : askToType(environment, {
            doing: "destroy the site without its cluster's API",
            lost: "The cluster cannot delete what it has made: volumes on vSphere and on file servers stay, and no cluster uses their data.",
            refused: "Nothing was destroyed.",
            next: `bring the API back, or agree at a terminal; YES=1 agrees without a question`,
          }),
  });
}
