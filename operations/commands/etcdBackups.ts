import {
  BACKUP_DEADLINE_SECONDS,
  ETCD_BACKUP,
  RUN_BACKUP,
} from "../../cluster/etcd-backup/controlPlane";
import { span } from "../../lib/humanUnits";
import { OperatorError } from "../../lib/operatorError";
import { keyOf, savedSite } from "../etcd-backups/savedSite";
import { etcdBackupTable, listStores, type Stored } from "../etcd-backups/stores";
import { runOnMachine } from "../machines/login";
import { recover } from "./recover";

/** Lets each control plane save its etcd now, one after the other. */
export async function backupEtcd(environment: string): Promise<void> {
  const site = await savedSite(environment);
  keyOf(site);
  const { controlPlanes, login } = site;
  for (const [at, machine] of controlPlanes.entries()) {
    const began = Date.now();
    console.log(`etcd of ${machine.name} is being saved (${at + 1} of ${controlPlanes.length})`);
    const script = `${RUN_BACKUP}
journalctl _SYSTEMD_INVOCATION_ID="$(systemctl show --property InvocationID --value ${ETCD_BACKUP})" --no-pager --output cat | grep '^saved as'`;
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
  keyOf(site);
  console.log(listOf(await listStores(site.loadBalancers, site.login)));
}

/**
 * Brings the cluster back from one of its backups, as `make recover` does.
 *
 * @param from - Name of the backup.
 * @throws OperatorError with what there is where it is not said.
 */
export async function restoreEtcd(environment: string, from?: string): Promise<void> {
  if (from !== undefined) {
    return recover(environment, from);
  }
  const site = await savedSite(environment);
  const stored = await listStores(site.loadBalancers, site.login);
  throw new OperatorError({
    what: "Say from which backup; nothing was touched.",
    where: "FROM=",
    why: listOf(stored),
    next: `make restore APP=etcd FROM=${stored.backups.at(-1)?.name ?? "…"}; make recover chooses by itself`,
  });
}

function listOf({ backups, silent }: Stored): string {
  return [
    backups.length === 0
      ? "There is no backup of etcd yet: make backup APP=etcd"
      : etcdBackupTable(backups, new Date()),
    ...silent.map(({ store, why }) => `${store} does not say what it has: ${why}`),
  ].join("\n");
}
