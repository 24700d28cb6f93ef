import { leavingFault, lostMachines } from "../kubernetes/lostMachines";
import {
  type Machine,
  type Membership,
  membershipsOf,
  membershipSource,
} from "../kubernetes/membership";
import { exitWith } from "../lib/exit";
import { OperatorError } from "../lib/operatorError";
import { standingCluster } from "../pulumi/recordedCluster";
import type { StackResource } from "../pulumi/stackResources";
import type { Answer } from "./engine/backend/backend";
import { readStack } from "./engine/formerStack";
import { isNoSuchStack } from "./engine/backend/noSuchStack";
import { plainValue } from "./engine/plainValue";
import { selectProjects } from "./engine/stacks";
import { surroundingEngine } from "./engine/surroundingEngine";

/** What a kubeconfig's cluster says of one machine. */
type Ask = (machine: Machine, kubeconfig: string) => Promise<Membership>;

/**
 * Decides from the state of the stack cluster, and from the cluster itself, whether a machine may be deleted.
 *
 * @param exported - What `pulumi stack export --show-secrets` of the stack cluster has answered.
 * @throws OperatorError when the cluster still has the machine, or when that cannot be told and the operator has not given it up.
 */
export async function refuseWhileMember(
  machine: Machine,
  exported: Answer,
  ask: Ask,
  lost: ReadonlySet<string>,
): Promise<void> {
  const leaving = { name: machine.name, because: "would be deleted" };
  const fault = leavingFault(leaving, await membership(machine, exported, ask), lost);
  if (fault !== undefined) {
    throw new OperatorError({
      what: `The machine ${machine.name} was not deleted.`,
      why: fault,
      next: "do what stands above and type the same command again",
    });
  }
}

async function membership(machine: Machine, exported: Answer, ask: Ask): Promise<Membership> {
  const unreadable = (why: string): Membership => ({ kind: "unreadable", why });
  if (!exported.ok) {
    return isNoSuchStack(exported.stderr)
      ? { kind: "none" }
      : unreadable(`the state of the stack cluster cannot be read: ${exported.stderr}`);
  }
  const { deployment } = JSON.parse(exported.stdout) as {
    deployment: { resources?: (Omit<StackResource, "outputs"> & { outputs?: object })[] };
  };
  const standing = standingCluster(
    (deployment.resources ?? []).map(({ outputs, ...rest }) => ({
      ...rest,
      outputs: plainValue(outputs ?? {}) as StackResource["outputs"],
    })),
  );
  if (standing === undefined) {
    return { kind: "none" };
  }
  const { kubeconfig } = standing;
  return kubeconfig === undefined
    ? unreadable("the stack cluster stands, and its state has no kubeconfig")
    : ask(machine, kubeconfig);
}

/**
 * The delete step of a node's machine (infra/guards/memberGuard.ts). It asks the same engine and the same backend as the update it is part
 * of. A cluster whose stack still has its former name counts too.
 */
async function main(machine: Machine, environment: string): Promise<void> {
  const [cluster] = selectProjects("cluster");
  const engine = surroundingEngine(environment);
  const exported = await readStack(engine, cluster, ["stack", "export", "--show-secrets"]);
  await refuseWhileMember(
    machine,
    exported,
    async (one, kubeconfig) =>
      (await membershipsOf([one], membershipSource(kubeconfig))).get(one.name)!,
    lostMachines(),
  );
}

if (require.main === module) {
  const [name, vmId, role, environment] = process.argv.slice(2);
  exitWith(main({ name, vmId, role: role === "worker" ? "worker" : "control-plane" }, environment));
}
