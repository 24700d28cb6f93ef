import { join } from "node:path";

import { BACKUP_NAME, STORE } from "../../cluster/etcd-backup/store";
import type { Infra } from "../../environment/contracts";
import { quote } from "../../lib/bash";
import { size, span } from "../../lib/humanUnits";
import { OperatorError } from "../../lib/operatorError";
import { table } from "../../lib/table";
import { type Clock, clocksIn, PRINT_CLOCK } from "../machines/clock";
import { type MachineLogin, runOnMachine } from "../machines/login";

/** How the site's machines are logged in to. */
export type Login = Pick<MachineLogin, "user" | "privateKey">;

/** A backup of etcd, wherever it lies. */
export interface EtcdBackup {
  /** `<control plane>/<time>.cms`, as FROM= takes it. */
  name: string;
  /** When it was begun. */
  created: Date;
  bytes: number;
  /** Names of the load balancers that have it. */
  stores: string[];
}

/** What the load balancers have, the newest last, and why one does not say. */
export interface Stored {
  backups: EtcdBackup[];
  silent: { store: string; why: string }[];
}

/** The same, with the clocks of those that say. */
export interface Listing extends Stored {
  clocks: Clock[];
}

/** Seconds for listing. */
const LIST_SECONDS = 20;

const LIST_SCRIPT = `${PRINT_CLOCK}
[[ ! -d ${STORE} ]] || find ${STORE} -mindepth 2 -maxdepth 2 -name '*.cms' -printf '%P %s\\n'`;

/** Reads the lists of all load balancers at once. */
export async function listStores(
  loadBalancers: Infra["loadBalancers"],
  login: Login,
): Promise<Listing> {
  const answers = await Promise.all(
    loadBalancers.map(async (store) => ({
      store: store.name,
      ...(await runOnMachine({ ...store, ...login }, LIST_SCRIPT, LIST_SECONDS)),
      arrived: new Date(),
    })),
  );
  return {
    backups: merged(
      answers.flatMap(({ ok, store, stdout }) => (ok ? [{ store, listed: stdout }] : [])),
    ),
    silent: answers.flatMap(({ ok, store, stderr }) =>
      ok ? [] : [{ store, why: stderr.trim().split("\n").at(-1) ?? "" }],
    ),
    clocks: answers.flatMap(({ store, stdout, arrived }) => clocksIn(store, stdout, arrived)),
  };
}

/** Puts lists of `<name> <bytes>` lines together. A line of another form is no backup. */
export function merged(lists: readonly { store: string; listed: string }[]): EtcdBackup[] {
  const found = new Map<string, EtcdBackup>();
  for (const { store, listed } of lists) {
    for (const line of listed.split("\n")) {
      const match = LINE.exec(line);
      if (match !== null) {
        const [, name, bytes] = match;
        const known = found.get(name);
        const stores = [...(known?.stores ?? []), store];
        found.set(name, { name, created: createdAt(name), bytes: Number(bytes), stores });
      }
    }
  }
  return [...found.values()].sort((a, b) => a.created.getTime() - b.created.getTime());
}

const LINE = new RegExp(`^([a-z0-9-]+/${BACKUP_NAME}) ([0-9]+)$`);

const HOUR = 3_600_000;

/** Whether a backup bears a time that has not come: the clock of its control plane was wrong, or this machine's is. */
export const isOfTheFuture = ({ created }: Pick<EtcdBackup, "created">, now: Date): boolean =>
  created.getTime() > now.getTime() + HOUR;

/** The time in a backup's name. */
export function createdAt(name: string): Date {
  const [, year, month, day, hours, minutes, seconds] =
    /(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(name) ?? [];
  return new Date(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`);
}

/**
 * Brings a backup into a folder here, from the first load balancer that gives it.
 * @throws OperatorError where none does.
 */
export async function fetchBackup(
  { loadBalancers, login }: { loadBalancers: Infra["loadBalancers"]; login: Login },
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

/** As `make backups APP=etcd` prints them. */
export function etcdBackupTable(backups: readonly EtcdBackup[], now: Date): string {
  return table(
    ["BACKUP", "CREATED", "AGE", "SIZE", "ON"],
    backups.map(({ name, created, bytes, stores }) => [
      name,
      created.toISOString().replace(".000", ""),
      span(now.getTime() - created.getTime()),
      size(bytes),
      stores.join(", "),
    ]),
  );
}
