import { existsSync } from "node:fs";

import { loadBalancerMachines } from "../../environment/loadBalancers";
import type { Environment } from "../../environment/schema";
import { askToType } from "../../lib/terminal/confirmation";
import { span } from "../../lib/humanUnits";
import { OperatorError } from "../../lib/operatorError";
import { table } from "../../lib/table";
import { lostKeysText } from "../adopt/lostKeys";
import {
  judgeSaved,
  judgeUnsaved,
  pathOf,
  type SavedMachine,
  savedMachines,
  type Verdict,
} from "../adopt/machines";
import {
  hasResources,
  namedSavedStates,
  newestSavedStates,
  type SavedStates,
} from "../adopt/savedStates";
import { keepGoneState, mendBackendFiles, statePath } from "../engine/backend/backendFiles";
import { chooseBackend } from "../engine/backend/chooseBackend";
import { Engine, isUnattended } from "../engine/engine";
import { type ExportedStack, isEmptyStack } from "../engine/exportedStack";
import { formerStack } from "../engine/formerStack";
import { kubeconfigPath } from "../engine/kubeconfigFile";
import { checkStackFile, readStackFile } from "../engine/stackFile";
import { selectProjects, type StackProject, stackProjects } from "../engine/stacks";
import { stateOf } from "../engine/stackState";
import { resourceCount, type StateEngine } from "../recovery/saveStates";
import { refuseWhileLocked } from "../recovery/stateLocks";
import { type Vcenter, vcenterOf } from "../recovery/vcenter";
import { putStatesBack, restorableProjects } from "./restoreState";

/**
 * Takes a running site whose state is lost into an empty one, from the newest backup. First lists every machine with what becomes of it:
 * one is taken only if UUID and mark prove that it is the one of the backup. Then asks, outside the lab.
 *
 * Without a backup nothing can be proved: it says what is lost with the state, and what is still possible.
 *
 * @param from - A backup. @default the newest that has the lost stacks, on this machine or in STATE_BACKUPS
 * @throws OperatorError when the state is there, no backup fits, or the vCenter has no machine of it. Nothing is changed then.
 */
export async function adopt(environment: string, from?: string): Promise<void> {
  const site = checkStackFile(environment);
  const named = from === undefined ? undefined : namedSavedStates(environment, from);
  await chooseBackend(environment);
  const engine = new Engine(environment);
  const lost = await lostStacks(engine);
  const [infra] = selectProjects("infra");
  const left = keepGoneState(engine, infra);
  // The engine reads the secrets of a configuration only with a stack.
  await engine.ensureStack(infra);
  const vcenter = vcenterOf(engine, infra, readStackFile(environment));
  const { found = named, passed } =
    named === undefined ? newestSavedStates(environment, lost) : { passed: [] };
  passed.forEach((line) => console.warn(`warning: a backup is not taken: ${line}`));
  if (found === undefined) {
    throw lost.some(({ name }) => name === infra.name)
      ? await lacking(engine, { site, vcenter, left })
      : withoutBackupOf(environment, lost);
  }
  const projects = projectsToAdopt(environment, found, lost);
  const verdicts = await judgeMachines({ site, vcenter }, found);
  const age = span(Date.now() - Date.parse(found.backup.created));
  console.log(describeAdoption(found, { projects, verdicts, age }));
  refuseWithoutMachine(environment, verdicts);
  if (!isUnattended(environment)) {
    await askToType(environment, {
      doing: `take this site into the state of ${age} ago`,
      lost: "Nothing in the site changes; what was made since then stays unknown to the state.",
      refused: "Nothing was touched: there was no consent.",
      next: `type the environment's name when asked, or make adopt ENV=${environment} YES=1`,
    });
  }
  await putStatesBack(engine, found.backup, projects);
  const others = lost.filter(
    ({ name }) => name !== "site" && projects.every((one) => one.name !== name),
  );
  if (others.length > 0) {
    console.warn(
      `warning: the backup has nothing of ${others.map(({ name }) => name).join(", ")}: make adopt ENV=${environment} again looks for an older one`,
    );
  }
  console.log(
    `The site is adopted. See first what has changed since: make drift ENV=${environment}; then make up ENV=${environment} has the site as configured.`,
  );
}

/** The stacks without resources. @throws OperatorError when all have some: nothing is lost. */
export async function lostStacks(engine: StateEngine): Promise<StackProject[]> {
  const lost: StackProject[] = [];
  for (const project of stackProjects) {
    refuseWhileLocked(engine, project);
    const path = statePath(engine, project);
    if (path !== undefined && existsSync(path)) {
      mendBackendFiles(engine, project);
    }
    const former = await formerStack(engine, project);
    if (former !== undefined) {
      continue;
    }
    const state = await stateOf(engine, project);
    if (state === undefined || isEmptyStack(state)) {
      lost.push(project);
    }
  }
  if (lost.length === 0) {
    throw new OperatorError({
      what: `The state of ${engine.environment} is there; there is nothing to adopt.`,
      where: engine.backendUrl,
      next: `make drift ENV=${engine.environment} compares it with the site; an older state: make restore-state ENV=${engine.environment}`,
    });
  }
  return lost;
}

/** The lost stacks that the backup has. @throws OperatorError when it has none of them, or does not fit. */
function projectsToAdopt(
  environment: string,
  { path, backup }: SavedStates,
  lost: readonly StackProject[],
): StackProject[] {
  const projects = restorableProjects(backup, environment).filter(
    (project) => lost.some(({ name }) => name === project.name) && hasResources(backup, project),
  );
  if (projects.length === 0) {
    throw new OperatorError({
      what: `The backup has none of the stacks whose state is lost: ${lost.map(({ name }) => name).join(", ")}. Nothing was changed.`,
      where: path,
      next: `make adopt ENV=${environment} FROM=<an older backup>, or make up ENV=${environment}, which makes these stacks again`,
    });
  }
  return projects;
}

/** What becomes of every machine that the backup has or the environment's file names. */
export async function judgeMachines(
  { site, vcenter }: { site: Environment; vcenter: Pick<Vcenter, "datacenter" | "machines"> },
  { backup }: Pick<SavedStates, "backup">,
): Promise<Verdict[]> {
  const infra = backup.stacks.infra as unknown as ExportedStack | undefined;
  const saved: SavedMachine[] = infra === undefined ? [] : savedMachines(infra, vcenter.datacenter);
  const others = machinePaths(site, vcenter).filter(({ name }) =>
    saved.every((one) => one.name !== name),
  );
  const origins = await vcenter.machines([...saved, ...others].map(({ path }) => path));
  const of = (path: string) => origins.find((one) => one.path === path);
  return [
    ...saved.map((one) => judgeSaved(one, of(one.path))),
    ...others.map(({ name, path }) => judgeUnsaved(name, of(path))),
  ];
}

function machinePaths(
  { loadBalancer, nodes, vsphere: { folder } }: Environment,
  { datacenter }: Pick<Vcenter, "datacenter">,
): { name: string; path: string }[] {
  return [...loadBalancerMachines(loadBalancer), ...nodes].map(({ name }) => ({
    name,
    path: pathOf(datacenter, folder, name),
  }));
}

/** The listing before the question. */
export function describeAdoption(
  { path, backup }: SavedStates,
  {
    projects,
    verdicts,
    age,
  }: { projects: readonly StackProject[]; verdicts: readonly Verdict[]; age: string },
): string {
  const states = projects.map(({ name }) => {
    const state = backup.stacks[name] as unknown as ExportedStack;
    return `${name} (${resourceCount(state)} resources)`;
  });
  const rows = verdicts.map(({ name, fate, why }) => [name, fate, why]);
  const left = verdicts.filter(({ fate }) => fate === "left");
  const remedy =
    left.length === 0
      ? []
      : [
          `${left.length} machine(s) are left alone, and make up does not go on beside them. Look at each in the vCenter (Monitor, Events). A node of the ` +
            `cluster is drained first (kubectl drain, kubectl delete node); what is this site's is then deleted there, and make up makes it again.`,
        ];
  return [
    `Backup: ${path}, made ${age} ago`,
    `States: ${states.join(", ")}`,
    "",
    table(["MACHINE", "BECOMES", "WHY"], rows),
    ...remedy.flatMap((line) => ["", line]),
  ].join("\n");
}

/** @throws OperatorError when no machine of the backup is there: it may be of another vCenter, or of a site that was destroyed. */
function refuseWithoutMachine(environment: string, verdicts: readonly Verdict[]): void {
  if (verdicts.every(({ fate }) => fate !== "taken")) {
    throw new OperatorError({
      what: "The vCenter has no machine that is proved to be one of the backup. Nothing was changed.",
      where: `site:vsphere of Pulumi.${environment}.yaml`,
      why: "the site was destroyed, the file names another vCenter or folder, or the backup is of an earlier life of the site",
      next: `make adopt ENV=${environment} FROM=<another backup>; where the site is gone: make up ENV=${environment} makes a new one`,
    });
  }
}

/** The error where infra has its state, and nothing of the others is saved. */
function withoutBackupOf(environment: string, lost: readonly StackProject[]): OperatorError {
  const names = lost.map(({ name }) => name).filter((name) => name !== "site");
  return new OperatorError({
    what: `There is no backup of ${names.join(", ") || "the overview"}, which have no resources; the state of infra is there. Nothing was changed.`,
    ...(names.includes("apps")
      ? { why: "where apps was up, make up would give its applications new passwords" }
      : {}),
    next: `where they were up: make adopt ENV=${environment} FROM=<path of a backup>; where they were not, or only cluster was: make up ENV=${environment}, which finds a running cluster again`,
  });
}

/** The error where there is no backup. */
async function lacking(
  { environment }: Pick<Engine, "environment">,
  {
    site,
    vcenter,
    left,
  }: { site: Environment; vcenter: Pick<Vcenter, "datacenter" | "machines">; left?: string },
): Promise<OperatorError> {
  const paths = machinePaths(site, vcenter);
  const origins = await vcenter.machines(paths.map(({ path }) => path));
  const there = paths.filter(({ path }) => origins.some((one) => one.path === path && one.found));
  return withoutBackup(
    environment,
    there.map(({ name }) => name),
    left,
  );
}

/**
 * What is said where no backup is found.
 *
 * @param there - Machines of the site's names in the vCenter.
 * @param left - What the engine has left of the state of infra. @default nothing
 */
export function withoutBackup(
  environment: string,
  there: readonly string[],
  left?: string,
): OperatorError {
  if (there.length === 0) {
    return new OperatorError({
      what: `There is nothing to adopt: the vCenter has none of the machines of ${environment}, and there is no backup of its state.`,
      next: `make up ENV=${environment} makes the site`,
    });
  }
  const kubeconfig = kubeconfigPath(environment);
  const reader = existsSync(kubeconfig)
    ? `the operator's kubeconfig is on this machine: ${kubeconfig}`
    : "whoever has a kubeconfig of the site";
  return new OperatorError({
    what: `The site ${environment} cannot be adopted: there is no backup of its state. Nothing was changed.`,
    where: `machines of its names in the vCenter: ${there.join(", ")}`,
    why: `lost with the state, and what there is without it:\n${lostKeysText()}`,
    next:
      (left === undefined
        ? ""
        : `the engine has left the state of infra before the last write: mv ${left} ${left.replace(/\.gone$/, "")}, then make up ENV=${environment}\n`) +
      `look for a backup first: ${environment} in STATE_BACKUPS, on other operators' machines (make restore-state lists them); then make adopt ENV=${environment} FROM=<path>\n` +
      `there is none: the site goes on running as it is. Save its data (${reader}; backups of the applications on the file server), make a site with other names and ` +
      `addresses (make new-site), restore the data there, and have the former machines deleted in the vCenter`,
  });
}
