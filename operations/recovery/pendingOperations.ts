import { OperatorError } from "../../lib/operatorError";
import { readStateFile } from "../engine/backend/backendFiles";
import { consentOf } from "../engine/engine";
import { type ExportedStack, type PendingOperation } from "../engine/exportedStack";
import { backendName, type StackProject } from "../engine/stacks";
import { type Driver, exportStack, importStack } from "../engine/stackState";
import {
  CUT_OFF,
  NOT_THERE,
  placeOf,
  type OrphanedResource,
  orphanedResourceOf,
} from "./orphanedResources";
import { provenMachines } from "./provenMachines";
import {
  addUnconfirmedCreates,
  type UnconfirmedCreate,
  readUnconfirmedCreates,
  writeUnconfirmedCreates,
} from "./unconfirmedCreates";
import { forgetBegin, readBegin } from "./updateBegin";
import type { Vcenter } from "./vcenter";

/**
 * Prepares a stack for `pulumi up` or `pulumi destroy` after an update of it was killed, or failed without an answer.
 *
 * The engine only warns of pending operations, and would then try to create again what vCenter already has. So this looks up in
 * vCenter what was being created, and imports it into the state. A machine is then removed, since it is unknown how far its clone
 * came and nothing has run on it; but only if it is surely ours. What vCenter does not have may still appear there, since a clone
 * goes on when its update is killed; it stays unconfirmed until the state has the machine. All other operations of ours can be
 * repeated, so their entries are dropped. That comes last: if this ends early, the next run begins with the same entries.
 *
 * @param before - Called with the state as it was read, before anything in it is settled; what it throws ends this. @default nothing
 * @returns URNs of what may still appear.
 * @throws OperatorError when vCenter does not say whether it has something, or has a machine that may not be ours.
 */
export async function settleInterruptedUpdate(
  engine: Driver,
  project: StackProject,
  vcenter: Vcenter,
  before: (stack: ExportedStack) => Promise<void> | void = () => undefined,
): Promise<string[]> {
  const { environment } = engine;
  const file = readStateFile(engine, project);
  if (
    file !== undefined &&
    isSettled(file) &&
    readUnconfirmedCreates(environment, project.name).length === 0
  ) {
    await before(file);
    forgetBegin(environment, project.name);
    return [];
  }
  const exported = await exportStack(engine, project);
  await before(exported);
  const { deployment } = exported;
  const pending = deployment.pending_operations ?? [];
  const resources = deployment.resources ?? [];
  const known = resources.map(({ urn }) => urn);
  const orphanOf = (resource: UnconfirmedCreate): OrphanedResource | undefined =>
    orphanedResourceOf({ type: "creating", resource }, vcenter.datacenter, resources);
  const begun = readBegin(environment, project.name);
  addUnconfirmedCreates(environment, project.name, begunInVcenter(pending, orphanOf, begun));
  const unconfirmed = readUnconfirmedCreates(environment, project.name).filter(
    ({ urn }) => !known.includes(urn),
  );
  const open = pending.filter(({ resource }) => !known.includes(resource.urn));
  const count = new Set(
    [...unconfirmed, ...open.map(({ resource }) => resource)].map(({ urn }) => urn),
  ).size;
  if (count > 0) {
    console.log(
      `${count} operation(s) of the last update of ${project.name} were cut off or got no answer; they are settled first.`,
    );
  }
  const cutOff = known.filter(isCutOff);
  const sought = unconfirmed.flatMap((resource) => {
    const found = orphanOf(resource);
    // If the provider is missing, the state is a new one, of another site.
    if (found === undefined || !known.includes(found.provider)) {
      return [];
    }
    const taken = `urn:pulumi:${environment}::${backendName(project)}::${found.type}::${found.name}`;
    return known.includes(taken) ? [] : [{ ...found, resource, taken }];
  });
  // Before anything is imported: a refusal here has changed nothing.
  const proven = await provenMachines(
    vcenter,
    project,
    sought.filter(({ fate }) => fate === "destroy"),
    resources,
  );
  const missing: UnconfirmedCreate[] = [];
  /** Whether the engine has written the state since it was read. */
  let isRewritten = cutOff.length > 0;
  for (const { resource, taken, ...one } of sought) {
    const { path, fate, privileges = [] } = one;
    const isAbsent = fate === "destroy" && !proven.has(path);
    isRewritten ||= fate !== "remove" && !isAbsent;
    const found =
      !isAbsent &&
      (fate === "remove"
        ? await vcenter.removeRole(path, privileges)
        : await adopt(engine, project, one));
    console.log(`  ${path}: ${found ? "found in vCenter" : "not in vCenter"}`);
    if (!found) {
      missing.push(resource);
    } else if (fate === "destroy") {
      cutOff.push(taken);
    }
  }
  if (cutOff.length > 0) {
    const targets = cutOff.flatMap((urn) => ["--target", urn]);
    // Outside the lab the engine shows what it would remove, and asks.
    await engine.run(project, [
      "destroy",
      ...consentOf(environment),
      "--stack",
      environment,
      ...targets,
    ]);
  }
  writeUnconfirmedCreates(environment, project.name, missing);
  if (pending.length > 0) {
    const read = isRewritten ? await exportStack(engine, project) : exported;
    const { pending_operations: further = [], ...others } = read.deployment;
    // Drop only the entries that were judged: another run may have been killed since.
    const unseen = further.filter(({ type, resource: { urn } }) =>
      pending.every((judged) => judged.type !== type || judged.resource.urn !== urn),
    );
    const settled = { ...read, deployment: { ...others, pending_operations: unseen } };
    await importStack(engine, project, settled, read);
  }
  // Each unconfirmed create has its own copy of this time.
  forgetBegin(environment, project.name);
  return missing.map(({ urn }) => urn);
}

/** Whether nothing was cut off. That is by far the most frequent case, so it is found without the engine where possible. */
function isSettled({
  deployment: { resources = [], pending_operations: pending = [] },
}: ExportedStack): boolean {
  return pending.length === 0 && !resources.some(({ urn }) => isCutOff(urn));
}

const isCutOff = (urn: string): boolean => urn.split("::").at(-1)?.startsWith(CUT_OFF) ?? false;

/** The operations that may have left something in vCenter, with only those inputs that are needed to find it again. */
function begunInVcenter(
  pending: readonly PendingOperation[],
  orphanOf: (resource: UnconfirmedCreate) => OrphanedResource | undefined,
  begun: string | undefined,
): UnconfirmedCreate[] {
  return pending
    .filter(({ type, resource }) => type === "creating" && orphanOf(resource) !== undefined)
    .map(({ resource: { urn, type, provider, inputs } }) => ({
      urn,
      type,
      provider,
      inputs: placeOf(inputs),
      ...(begun === undefined ? {} : { begun }),
    }));
}

/** Imports something that exists in vCenter into the state; false when it does not exist. */
async function adopt(
  engine: Driver,
  project: StackProject,
  orphan: OrphanedResource,
): Promise<boolean> {
  const { type, name, path, provider } = orphan;
  const { ok, stdout, stderr } = await engine.capture(project, [
    ...["import", type, name, path, "--provider", `provider=${provider}`],
    ...["--protect=false", "--generate-code=false", "--yes", "--skip-preview"],
    ...["--stack", engine.environment],
  ]);
  const answer = `${stdout}\n${stderr}`;
  if (!ok && !NOT_THERE.test(answer)) {
    throw new OperatorError({
      what: `It is unknown whether a killed update of ${project.name} has made this.`,
      where: path,
      why: answer.trim().split("\n").slice(-10).join("\n"),
      next: "remove the cause and try again: the record of the operation is kept",
    });
  }
  return ok;
}
