import { Kubectl } from "../../kubernetes/kubectl";
import { askToType } from "../../lib/confirmation";
import { OperatorError } from "../../lib/operatorError";
import { waitFor } from "../../lib/poll";
import { type Engine, isUnattended } from "../engine/engine";
import { writeKubeconfig } from "../engine/kubeconfigFile";
import { selectProjects } from "../engine/stacks";

/** The word by which a whole cluster is given up: LOST=cluster. */
export const WHOLE_CLUSTER = "cluster";

/** Milliseconds an API may take to answer, and between two questions. */
const PATIENCE = { deadline: 30_000, pause: 2_000 };

/** What decides whether a cluster is given up. */
export interface Abandonment {
  /** What LOST says. */
  lost: string | undefined;
  /** Asks the API once; undefined where there is no cluster. */
  ask: (() => Promise<unknown>) | undefined;
  /** Has the operator agree. */
  agree: () => Promise<void>;
  patience?: typeof PATIENCE;
}

/**
 * Whether a destroy goes on without the cluster's API, because the operator says that it is gone for good. Where it answers after
 * all, the site goes down as always.
 *
 * @throws OperatorError when LOST says something else, or nobody agrees.
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

/** The same for an environment, outside the lab with a question. */
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
            lost: "Nobody can ask the cluster to end what it has made: volumes on vSphere and on file servers stay, and what is in them is nobody's.",
            refused: "Nothing was destroyed.",
            next: `bring the API back, or agree at a terminal; YES=1 agrees without a question`,
          }),
  });
}
