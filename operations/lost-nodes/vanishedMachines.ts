import { loadBalancerMachines } from "../../environment/loadBalancers";
import type { Environment } from "../../environment/schema";
import { OperatorError } from "../../lib/operatorError";
import { machineOfFirstStep } from "../../pulumi/recordedCluster";
import { nameOf } from "../../pulumi/urn";
import { consentOf } from "../engine/engine";
import type { StateResource } from "../engine/exportedStack";
import { selectProjects, type StackProject } from "../engine/stacks";
import { type Driver, resourcesOf } from "../engine/stackState";
import { VIRTUAL_MACHINE } from "../recovery/orphanedResources";
import type { Vcenter } from "../recovery/vcenter";
import { type CallPatience, silentHosts } from "./reachability";

/** A machine in the state of infra. */
interface KnownMachine {
  urn: string;
  name: string;
  uuid: string;
  /** In the vCenter's inventory. */
  path: string;
  address: string;
}

/** Returns those of the addresses that do not answer. */
type Call = (hosts: string[]) => Promise<Set<string>>;

/** Seconds matter here: every `make up` calls. What does not answer is asked for in the vCenter, and no more. */
const PATIENCE: CallPatience = { connect: 2_000, tries: 2, pause: 1_000 };
const callBySsh: Call = (hosts) => silentHosts(hosts, [22], PATIENCE);

/** What is looked at. */
interface Sought {
  engine: Driver;
  /** The stack infra. */
  project: StackProject;
  site: Pick<Environment, "nodes" | "loadBalancer">;
  vcenter: Vcenter;
}

/**
 * Refreshes each machine that was deleted by hand in the vCenter: then the state has them no more, a listed one is
 * made again, and one that is about to go needs no deletion. A machine is compared if it does not answer and the vCenter has none under
 * its path; the plugin then looks for its UUID. While all machines answer the vCenter is not asked.
 *
 * A machine that is no longer listed and that cluster has steps on is left for the pass after cluster has let it go.
 *
 * @throws OperatorError when more than half of all machines, or one that answers, are not under their paths, or when the vCenter cannot
 * be asked. Nothing is changed then.
 */
export async function forgetVanished(
  { engine, project, site, vcenter }: Sought,
  call: Call = callBySsh,
): Promise<void> {
  const known = machinesIn(await resourcesOf(engine, project), vcenter.datacenter);
  const silent = await call(known.map(({ address }) => address));
  if (silent.size === 0) {
    return;
  }
  const origins = await vcenter.machines(known.map(({ path }) => path));
  const missing = known.filter(({ path, uuid }) => {
    const there = origins.find((one) => one.path === path);
    // One without a configuration yet, or without an answer, is no machine that is gone.
    return (
      there !== undefined &&
      (!there.found || (there.complete && there.uuid.toLowerCase() !== uuid.toLowerCase()))
    );
  });
  if (missing.length === 0) {
    return;
  }
  if (missing.length * 2 > known.length || missing.some(({ address }) => !silent.has(address))) {
    throw new OperatorError({
      what: `The vCenter does not show ${missing.length} of the ${known.length} machines of this site where they were made. Nothing was changed.`,
      where: missing.map(({ path }) => path).join("\n         "),
      why: "so many do not vanish at once, and a machine that answers is not gone: they were moved, or the account no longer sees them",
      next: `move them back, or give the account its rights: make preflight ENV=${engine.environment}. If they are surely deleted: cd infra && pulumi refresh --stack ${engine.environment}`,
    });
  }
  const toForget = await withoutThoseToLeave(engine, site, missing);
  toForget.forEach(({ name, path }) =>
    console.log(
      `  Machine ${name} does not answer, and the vCenter has none at ${path}: its entry in the state is compared with the vCenter`,
    ),
  );
  await readAgain(
    engine,
    project,
    toForget.map(({ urn }) => urn),
  );
}

/**
 * Compares entries of a stack's state, and no others, with what is there: those go that are not. Outside the lab pulumi asks before.
 */
export async function readAgain(
  engine: Pick<Driver, "environment" | "run">,
  project: StackProject,
  urns: readonly string[],
): Promise<void> {
  if (urns.length > 0) {
    const targets = urns.flatMap((urn) => ["--target", urn]);
    const options = ["--stack", engine.environment, ...consentOf(engine.environment)];
    await engine.run(project, ["refresh", ...targets, ...options]);
  }
}

async function withoutThoseToLeave(
  engine: Driver,
  { nodes, loadBalancer }: Sought["site"],
  machines: readonly KnownMachine[],
): Promise<KnownMachine[]> {
  const listed = new Set([...loadBalancerMachines(loadBalancer), ...nodes].map(({ name }) => name));
  if (machines.every(({ name }) => listed.has(name))) {
    return [...machines];
  }
  const steps = await resourcesOf(engine, selectProjects("cluster")[0]);
  const members = new Set(steps.map(({ urn }) => machineOfFirstStep(urn)));
  return machines.filter(({ name }) => listed.has(name) || !members.has(name));
}

/** The machines of a state that are complete. */
function machinesIn(resources: readonly StateResource[], datacenter: string): KnownMachine[] {
  const addresses = new Map(
    resources
      .filter(({ type }) => type === "sitewright:infra:Machine")
      .map(({ urn, outputs = {} }) => [nameOf(urn), outputs.address]),
  );
  return resources.flatMap(({ urn, type, id, inputs = {}, outputs = {}, ...rest }) => {
    const { name, folder } = inputs;
    const address = addresses.get(String(name));
    return type !== VIRTUAL_MACHINE ||
      rest.delete === true ||
      rest.pendingReplacement === true ||
      typeof address !== "string"
      ? []
      : [
          {
            urn,
            name: String(name),
            uuid: String(outputs.uuid ?? id),
            path: ["", datacenter, "vm", folder, name].join("/"),
            address,
          },
        ];
  });
}
