import { mkdirSync } from "node:fs";
import { join } from "node:path";

import semver from "semver";

import type { Environment } from "../../environment/schema";
import { askToType } from "../../lib/terminal/confirmation";
import { span } from "../../lib/humanUnits";
import { OperatorError } from "../../lib/operatorError";
import { withTemporaryFolder } from "../../lib/temporaryFolder";
import { Engine, isUnattended } from "../engine/engine";
import { endOrphans } from "../engine/orphanedProcesses";
import { checkStackFile } from "../engine/stackFile";
import { selectProjects } from "../engine/stacks";
import { authorityFiles } from "../etcd-backups/archive";
import { describe, nameOf, type Origin, originOf } from "../etcd-backups/choice";
import { type Looked, lostControlPlane } from "../etcd-backups/lostControlPlane";
import { ETCD } from "../etcd-backups/name";
import { type OpenedBackup, openBackup } from "../etcd-backups/opened";
import { rebuild, restoreInPlace } from "../etcd-backups/recoverMachine";
import { remakeMachine } from "../etcd-backups/remakeMachine";
import { ETCD_FOLDER } from "../etcd-backups/restoreData";
import { keyOf, type SavedSite, savedSite } from "../etcd-backups/savedSite";
import { createdAt, fetchBackup, listStores } from "../etcd-backups/stores";
import {
  type DataDirectory,
  SURVIVORS_SCRIPT,
  SURVIVORS_SECONDS,
  survivorsOf,
} from "../etcd-backups/survivors";
import { readAgainAfterRecovery } from "../etcd-backups/wholeAgain";
import { runOnMachine } from "../machines/login";
import { refuseWhileLocked } from "../recovery/stateLocks";

/**
 * Brings the cluster back after the loss of etcd's data, or of the machine of the only control plane. It is the same cluster afterwards.
 * Prints what was lost (RPO) and how long it took (RTO), as measured, and leaves behind what makes the next `make up` compare the whole
 * site with the recovered data.
 *
 * @param from - Name of a backup, path of its file on this machine, or a data directory on the control plane.
 *   @default the best data on the control plane, else the newest backup
 * @throws OperatorError before anything is touched, while etcd has a quorum, and where there is nothing to recover from.
 */
export async function recover(environment: string, from?: string): Promise<void> {
  const began = Date.now();
  const specification = checkStackFile(environment);
  const site = await savedSite(environment);
  const lost = await lostControlPlane(site);
  const [stored, survivors] = await Promise.all([
    listStores(site.loadBalancers, site.login),
    survivorsOn(site, lost, from),
  ]);
  const origin = originOf(environment, from, { survivors, stored });
  if (from === undefined) {
    console.log(describe({ survivors, stored }));
  }
  const engine = new Engine(environment);
  await endOrphans(environment);
  selectProjects().forEach((project) => refuseWhileLocked(engine, project));
  const loss = await withTemporaryFolder(async (folder) => {
    const opened = await openedOrigin(site, origin, folder);
    const what = whatIsMade(lost, origin);
    const rpo = lossOf(origin, opened, began);
    if (lost.condition.standing !== "complete" && opened !== undefined) {
      refuseNewer(opened, specification);
      authorityFiles(opened.folder, site.cluster.caCertificate);
    }
    await consent(environment, what, rpo);
    await readAgainAfterRecovery(engine, lost.machine);
    console.log(what);
    if (origin.kind === "data" || lost.condition.standing === "complete") {
      await restoreInPlace(site, lost.machine, origin, opened);
    } else {
      // Also where it answers: one that a killed update has left is none that the state knows.
      const looked = await remakeMachine(lost, environment);
      refuseReturned(looked, environment);
      await rebuild(site, looked.machine, opened!, { specification, from: nameOf(origin) });
    }
    return rpo;
  });
  console.log(
    `etcd is recovered. RPO ${loss} RTO ${span(Date.now() - began)}: the API answered again after that.\n` +
      `Next: make up ENV=${environment}. It reads the whole site again, and makes what the recovered cluster lacks; make drift shows that before.`,
  );
}

/** Data on a machine whose control plane these programs have made. It is read only where it may be chosen, and while etcd stands. */
async function survivorsOn(
  { login }: SavedSite,
  { machine, condition }: Looked,
  from: string | undefined,
): Promise<DataDirectory[]> {
  const isAsked = from === undefined || from.startsWith(`${ETCD_FOLDER}/`);
  if (condition.standing !== "complete" || !isAsked) {
    return [];
  }
  if (condition.says !== "no etcd runs") {
    throw new OperatorError({
      what: "etcd runs and does not answer, so what its data is worth cannot be read. Nothing was touched.",
      where: machine.name,
      why: condition.says,
      next:
        "where it has just started, the same command in a minute. Otherwise stop it there: mv /etc/kubernetes/manifests/etcd.yaml /root/, " +
        "then the same command; it comes back with its data",
    });
  }
  const { ok, stdout, stderr } = await runOnMachine(
    { ...machine, ...login },
    SURVIVORS_SCRIPT,
    SURVIVORS_SECONDS,
  );
  if (!ok) {
    throw new OperatorError({
      what: "What is left of etcd's data could not be looked at. Nothing was touched.",
      where: machine.name,
      why: stderr.trim(),
      next: "mend the cause; or say what is recovered from: make backups APP=etcd lists the backups",
    });
  }
  return survivorsOf(stdout);
}

/** Fetches a backup, and opens it. Undefined for data on the machine. */
async function openedOrigin(
  site: SavedSite,
  origin: Origin,
  folder: string,
): Promise<OpenedBackup | undefined> {
  if (origin.kind === "data") {
    return undefined;
  }
  const key = keyOf(site);
  const file =
    origin.kind === "file" ? origin.path : await fetchBackup(site, origin.backup, folder);
  const { clusterName, caCertificate } = site.cluster;
  const empty = join(folder, "opened");
  mkdirSync(empty, { mode: 0o700 });
  return openBackup(file, empty, { clusterName, caCertificate, key });
}

function whatIsMade({ machine, condition }: Looked, origin: Origin): string {
  const made =
    condition.standing === "complete"
      ? `etcd of ${machine.name} is made`
      : `The control plane ${machine.name} is made, on a machine that has none,`;
  return `${made} from ${nameOf(origin)}.`;
}

/** What is lost, as a sentence. */
function lossOf(origin: Origin, opened: OpenedBackup | undefined, now: number): string {
  return opened === undefined
    ? `0 s: only what etcd had not yet written to its database, a tenth of a second, is lost.`
    : `${span(now - timeOf(origin, opened).getTime())}: changes of that time are lost.`;
}

/** When a backup was begun. */
function timeOf(origin: Origin, { facts }: OpenedBackup): Date {
  return origin.kind === "backup" ? origin.backup.created : createdAt(facts.get("created") ?? "");
}

/** @throws OperatorError where the backup has data of a newer Kubernetes than would read it. */
export function refuseNewer(
  { facts }: Pick<OpenedBackup, "facts">,
  { kubernetes, stack }: Pick<Environment, "kubernetes" | "stack">,
): void {
  const saved = facts.get("kubernetes") ?? kubernetes.version;
  if (semver.gt(saved, kubernetes.version)) {
    throw new OperatorError({
      what: "The backup was made by a newer Kubernetes, and older programs must not read its data. Nothing was touched.",
      where: `site:kubernetes.version in Pulumi.${stack}.yaml`,
      why: `the backup is of ${saved}, the file says ${kubernetes.version}`,
      next: `set it to ${saved}, or take an older backup: make backups APP=etcd`,
    });
  }
}

/** @throws OperatorError where the machine that did not answer is there again, with what it had. */
function refuseReturned({ machine, condition }: Looked, environment: string): void {
  if (condition.standing !== "empty" && condition.standing !== "begun") {
    throw new OperatorError({
      what: "The machine answers again, with what it had: nothing was made from a backup.",
      where: machine.name,
      why: `etcd: ${condition.says}`,
      next: `make status ENV=${environment} shows whether the cluster is back; if not, make recover ENV=${environment} looks at what the machine has`,
    });
  }
}

async function consent(environment: string, what: string, rpo: string): Promise<void> {
  if (!isUnattended(environment)) {
    await askToType(ETCD, {
      doing: "go on",
      lost: `${what} Of what was written to the cluster: ${rpo}`,
      refused: "Nothing was touched: there was no consent.",
      next: `type ${ETCD} when asked, or the same command with YES=1`,
    });
  }
}
