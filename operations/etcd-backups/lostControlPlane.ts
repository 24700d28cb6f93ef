import { ApiReader } from "../../kubernetes/apiReader";
import { listNodes } from "../../kubernetes/nodes";
import { OperatorError } from "../../lib/operatorError";
import { runOnMachine } from "../machines/login";
import { type Condition, CONDITION_SCRIPT, CONDITION_SECONDS, conditionOf } from "./condition";
import type { MadeNode, SavedSite } from "./savedSite";

/** A control plane and what is known of it. */
export interface Looked {
  machine: MadeNode;
  condition: Condition;
}

/** Asks one control plane's machine. */
export async function look(
  machine: MadeNode,
  { login }: Pick<SavedSite, "login">,
): Promise<Looked> {
  const answer = await runOnMachine({ ...machine, ...login }, CONDITION_SCRIPT, CONDITION_SECONDS);
  return { machine, condition: conditionOf(answer) };
}

/**
 * The control plane that a recovery makes again.
 * @throws OperatorError while a quorum lives, or where the site has several control planes.
 */
export async function lostControlPlane(site: SavedSite): Promise<Looked> {
  if (site.controlPlanes.length === 0) {
    throw new OperatorError({
      what: "The state of infra has no control plane. Nothing was touched.",
      where: `environment ${site.environment}`,
      next: `make up STACK=infra ENV=${site.environment}, then the same command`,
    });
  }
  const looked = await Promise.all(site.controlPlanes.map((machine) => look(machine, site)));
  const fault = refusal(looked, looked.some(isSilent) ? await apiLife(site.kubeconfig) : undefined);
  if (fault !== undefined) {
    throw fault;
  }
  return looked[0];
}

const isSilent = ({ condition }: Looked): boolean => condition.standing === "silent";

/**
 * Why nothing is recovered; undefined where something is.
 *
 * @param life - What an API server of the cluster has said that was asked because a machine is silent; undefined where none has.
 */
export function refusal(looked: readonly Looked[], life?: string): OperatorError | undefined {
  const said = looked
    .map(({ machine, condition }) => `${machine.name}: ${condition.says}`)
    .concat(life === undefined ? [] : [`the cluster's API: ${life}`])
    .join("\n");
  // What a recovery has begun is not yet the cluster, however well it is.
  const lives = looked.some(({ condition }) => condition.healthy && condition.standing !== "begun");
  if (lives || life !== undefined) {
    return new OperatorError({
      what: "etcd has a quorum, and a backup would take all that was written since. Nothing was touched.",
      why: said,
      next:
        "a single object comes back by kubectl or make up. To take the whole cluster back all the same, first stop etcd on its " +
        "control planes: mv /etc/kubernetes/manifests/etcd.yaml /root/",
    });
  }
  if (looked.length > 1) {
    return new OperatorError({
      what: "This command recovers a cluster with one control plane; this one has several. Nothing was touched.",
      why: said,
      next: "docs/etcd.md says what a backup holds, and how it is opened",
    });
  }
  const foreign = looked.find(({ condition }) => condition.standing === "foreign");
  return foreign === undefined
    ? undefined
    : new OperatorError({
        what: "The machine has a part of a control plane, or data of etcd, that these programs have not finished. Nothing was touched.",
        where: foreign.machine.name,
        why: "what is there may be all that is left of something",
        next:
          "look at /etc/kubernetes and /var/lib/etcd there. If nothing of it is needed: mv /var/lib/etcd /root/ " +
          "and kubeadm reset there, then the same command again",
      });
}

/** What an API server says that the cluster's CA has authenticated and that reads from etcd; undefined where none does. */
export async function apiLife(kubeconfig: string): Promise<string | undefined> {
  const nodes = await listNodes(new ApiReader(kubeconfig));
  if (nodes.kind === "answered") {
    return `it answers, with ${nodes.value.length} nodes`;
  }
  return nodes.kind === "unreadable" && (nodes.status === 401 || nodes.status === 403)
    ? nodes.why
    : undefined;
}
