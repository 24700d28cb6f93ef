import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

import {
  BACKUP_DEADLINE_SECONDS,
  ETCD_BACKUP,
  PARTS,
  RUN_BACKUP,
} from "../../cluster/etcd-backup/controlPlane";
import { STORE } from "../../cluster/etcd-backup/store";
import {
  type Cluster,
  etcdBackupContract,
  type EtcdBackupOutput,
  type Infra,
} from "../../environment/contracts";
import { quote } from "../../lib/bash";
import { askToType } from "../../lib/confirmation";
import { span } from "../../lib/humanUnits";
import { OperatorError } from "../../lib/operatorError";
import { withTemporaryFolder } from "../../lib/temporaryFolder";
import { Engine, isUnattended } from "../engine/engine";
import { stackProjects } from "../engine/stacks";
import { openBackup } from "../etcd-backups/opened";
import {
  HEALTH_SCRIPT,
  HEALTH_SECONDS,
  RECOVER_SECONDS,
  recoverScript,
} from "../etcd-backups/recoverScript";
import {
  type EtcdBackup,
  etcdBackupTable,
  listStores,
  type Login,
  type Stored,
} from "../etcd-backups/stores";
import { runOnMachine } from "../machines/login";

/** What APP= calls it. */
export const ETCD = "etcd";

/** A site whose etcd is saved. */
interface SavedSite {
  environment: string;
  loadBalancers: Infra["loadBalancers"];
  controlPlanes: Infra["nodes"];
  login: Login;
  cluster: Cluster;
  key: EtcdBackupOutput;
}

/** Lets each control plane save its etcd now, one after the other. */
export async function backupEtcd(environment: string): Promise<void> {
  const { controlPlanes, login } = await savedSite(environment);
  for (const [at, machine] of controlPlanes.entries()) {
    const began = Date.now();
    console.log(`etcd of ${machine.name} is being saved (${at + 1} of ${controlPlanes.length})`);
    const script = `${RUN_BACKUP}
journalctl --unit ${ETCD_BACKUP} --lines 20 --no-pager --output cat | grep '^saved as' | tail --lines=2`;
    const { ok, stdout, stderr } = await runOnMachine(
      { ...machine, ...login },
      script,
      BACKUP_DEADLINE_SECONDS,
    );
    if (!ok) {
      throw new OperatorError({
        what: "etcd was not saved; the backups that are there are untouched.",
        where: machine.name,
        why: stderr.trim(),
        next: "mend the cause, then make backup APP=etcd",
      });
    }
    console.log(`${stdout.trim()} (${span(Date.now() - began)})`);
  }
}

/** Prints the backups of etcd, the newest last. */
export async function etcdBackups(environment: string): Promise<void> {
  const site = await savedSite(environment);
  console.log(listOf(await listStores(site.loadBalancers, site.login)));
}

/**
 * Makes etcd again from one of its backups, after it was lost. Prints what was lost (RPO) and how long it took (RTO), as measured.
 *
 * @param from - Name of the backup.
 * @throws OperatorError before anything is touched, while etcd has a quorum, and where the backup is not one of this cluster, or not whole.
 */
export async function restoreEtcd(environment: string, from?: string): Promise<void> {
  const began = Date.now();
  const site = await savedSite(environment);
  const stored = await listStores(site.loadBalancers, site.login);
  const backup = stored.backups.find(({ name }) => name === from);
  if (backup === undefined) {
    throw new OperatorError({
      what: "Say from which backup; nothing was touched.",
      where: `FROM=${from ?? ""}`,
      why: listOf(stored),
      next: `make restore APP=etcd FROM=${stored.backups.at(-1)?.name ?? "…"}`,
    });
  }
  const machine = await lostMember(site);
  await withTemporaryFolder(async (folder) => {
    const file = await fetched(site, backup, folder);
    const { clusterName, caCertificate } = site.cluster;
    const opened = await openBackup(file, folder, { clusterName, caCertificate, key: site.key });
    await consent(environment, backup);
    console.log(
      `etcd of ${machine.name} is made from ${backup.name}, which ${opened.facts.get("node")} has saved.`,
    );
    const input = join(opened.folder, PARTS.snapshot);
    const { ok, stdout, stderr } = await runOnMachine(
      { ...machine, ...site.login },
      recoverScript(machine, await sha256Of(input)),
      RECOVER_SECONDS,
      undefined,
      { input },
    );
    if (!ok) {
      throw new OperatorError({
        what: "etcd is not recovered.",
        where: machine.name,
        why: stderr.trim(),
        next: `mend the cause, then make restore APP=etcd FROM=${backup.name}: it begins again, and deletes nothing`,
      });
    }
    console.log(stdout.trim());
  });
  console.log(
    `etcd is recovered. RPO ${span(began - backup.created.getTime())}: changes of that time are lost. ` +
      `RTO ${span(Date.now() - began)}: the API answered again after that.`,
  );
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/** @throws OperatorError when the site is not up, or older programs have made it. */
async function savedSite(environment: string): Promise<SavedSite> {
  const engine = new Engine(environment);
  const [infra, cluster] = await Promise.all(
    stackProjects.slice(0, 2).map((project) => engine.outputs(project)),
  );
  const site = infra?.infra as Infra | undefined;
  const privateKey = infra?.sshPrivateKey;
  const key = etcdBackupContract.safeParse(cluster?.etcdBackup).data;
  if (site === undefined || typeof privateKey !== "string" || key === undefined) {
    throw new OperatorError({
      what: "etcd is not saved here: the stack cluster is not up, or older programs have made it.",
      where: `environment ${environment}`,
      next: `make up ENV=${environment}`,
    });
  }
  return {
    environment,
    loadBalancers: site.loadBalancers,
    controlPlanes: site.nodes.filter(({ role }) => role === "control-plane"),
    login: { user: site.sshUser, privateKey },
    cluster: cluster?.cluster as Cluster,
    key,
  };
}

function listOf({ backups, silent }: Stored): string {
  return [
    backups.length === 0
      ? "There is no backup of etcd yet: make backup APP=etcd"
      : etcdBackupTable(backups, new Date()),
    ...silent.map(({ store, why }) => `${store} does not say what it has: ${why}`),
  ].join("\n");
}

/**
 * The control plane whose etcd is lost.
 * @throws OperatorError while a quorum lives, or where the site has several control planes.
 */
async function lostMember({
  controlPlanes,
  login,
}: SavedSite): Promise<SavedSite["controlPlanes"][number]> {
  const asked = await Promise.all(
    controlPlanes.map(async (machine) => {
      const { ok, stdout, stderr } = await runOnMachine(
        { ...machine, ...login },
        HEALTH_SCRIPT,
        HEALTH_SECONDS,
      );
      return { machine, says: ok ? stdout.trim() : `does not answer: ${stderr.trim()}` };
    }),
  );
  const healthy = asked.filter(({ says }) => says === "healthy");
  const said = asked.map(({ machine, says }) => `${machine.name}: ${says}`).join("\n");
  if (healthy.length > 0) {
    throw new OperatorError({
      what: "etcd has a quorum, and a backup would take all that was written since. Nothing was touched.",
      why: said,
      next:
        "a single object comes back by kubectl or make up. To take the whole cluster back all the same, first stop etcd on its " +
        "control planes: mv /etc/kubernetes/manifests/etcd.yaml /root/",
    });
  }
  const [{ machine, says }] = asked as [(typeof asked)[number]];
  if (controlPlanes.length > 1 || says.startsWith("does not answer")) {
    throw new OperatorError({
      what:
        controlPlanes.length > 1
          ? "This command recovers a cluster with one control plane; this one has several. Nothing was touched."
          : "The control plane does not answer. Nothing was touched.",
      why: said,
      next: "docs/etcd.md says what a backup holds, and how it is opened",
    });
  }
  return machine;
}

/** Brings a backup here, from the first load balancer that gives it. */
async function fetched(
  { loadBalancers, login }: SavedSite,
  { name, stores, bytes }: EtcdBackup,
  folder: string,
): Promise<string> {
  const output = join(folder, "backup");
  const faults: string[] = [];
  for (const store of loadBalancers.filter((one) => stores.includes(one.name))) {
    const { ok, stderr } = await runOnMachine(
      { ...store, ...login },
      `cat ${quote(`${STORE}/${name}`)}`,
      Math.max(60, bytes / 1_000_000),
      undefined,
      { output },
    );
    if (ok) {
      return output;
    }
    faults.push(`${store.name}: ${stderr.trim()}`);
  }
  throw new OperatorError({
    what: "The backup could not be fetched; nothing was touched.",
    where: name,
    why: faults.join("\n"),
    next: "make backups APP=etcd lists what there is",
  });
}

async function consent(environment: string, { name, created }: EtcdBackup): Promise<void> {
  if (!isUnattended(environment)) {
    await askToType(ETCD, {
      doing: `make it from ${name}`,
      lost: `Everything written to the cluster in the last ${span(Date.now() - created.getTime())} is lost.`,
      refused: "etcd was not touched: there was no consent.",
      next: `type ${ETCD} when asked, or make restore APP=etcd FROM=${name} YES=1`,
    });
  }
}
