import { statSync } from "node:fs";

import { OperatorError } from "../../lib/operatorError";
import { type DataDirectory, bestOf, survivorsTable } from "./survivors";
import { type EtcdBackup, etcdBackupTable, isOfTheFuture, type Stored } from "./stores";

/** What a recovery is made from. */
export type Origin =
  | { kind: "data"; data: DataDirectory }
  | { kind: "backup"; backup: EtcdBackup }
  /** A backup that an operator has brought to this machine. */
  | { kind: "file"; path: string };

/** What there is to choose from. */
export interface Choice {
  /** Data on the control plane; empty where its machine is gone, or was not looked at. */
  survivors: readonly DataDirectory[];
  stored: Stored;
}

/** What FROM= calls it. */
export function nameOf(origin: Origin): string {
  switch (origin.kind) {
    case "data":
      return origin.data.folder;
    case "file":
      return origin.path;
    case "backup":
      return origin.backup.name;
    default: {
      const never: never = origin;
      return never;
    }
  }
}

/** The command that recovers, for messages. */
export const recoverCommand = (environment: string, from: string): string =>
  `make recover ENV=${environment} FROM=${from}`;

/**
 * What is recovered from: what FROM names; without it the best data on the control plane, or the newest backup where that is newer or
 * there is no data.
 *
 * @throws OperatorError with all that there is, where FROM names nothing of it, or where it is not clear which is best.
 */
export function originOf(
  environment: string,
  from: string | undefined,
  choice: Choice,
  now = new Date(),
): Origin {
  const { survivors, stored } = choice;
  const newest = stored.backups.at(-1);
  const refuse = (what: string, why: string): OperatorError =>
    new OperatorError({
      what: `${what} Nothing was touched.`,
      ...(from === undefined ? {} : { where: `FROM=${from}` }),
      why: `${why}\n${describe(choice)}`.trim(),
      next: recoverCommand(
        environment,
        newest?.name ?? survivors.at(0)?.folder ?? "<path of a backup>",
      ),
    });
  if (from !== undefined) {
    const backup = stored.backups.find(({ name }) => name === from);
    const data = survivors.find(({ folder }) => folder === from);
    if (backup !== undefined) {
      return { kind: "backup", backup };
    }
    if (data !== undefined) {
      if (data.revision === undefined) {
        throw refuse("This data directory cannot be used.", data.fault ?? "");
      }
      return { kind: "data", data };
    }
    if (statSync(from, { throwIfNoEntry: false })?.isFile()) {
      return { kind: "file", path: from };
    }
    throw refuse("There is no such backup.", "");
  }
  if (newest !== undefined && isOfTheFuture(newest, now)) {
    throw refuse(
      "Which backup is the newest is not clear: one bears a time that has not come. The clock of its control plane was ahead, or this machine's is behind.",
      `This machine's clock says ${now.toISOString()}.`,
    );
  }
  const best = bestOf(survivors);
  if (best.kind === "busy") {
    throw refuse(
      "Data of etcd was not read to its end; stop etcd on the control plane before: mv /etc/kubernetes/manifests/etcd.yaml /root/",
      "",
    );
  }
  if (best.kind === "unclear") {
    throw refuse(
      "Which data is the right one is not clear: what was written last has not the highest revision, as after a recovery.",
      "",
    );
  }
  if (best.kind === "one" && best.data.written >= (newest?.created ?? new Date(0))) {
    return { kind: "data", data: best.data };
  }
  if (newest === undefined) {
    throw refuse("There is neither data of etcd that can be used nor a backup.", "");
  }
  return { kind: "backup", backup: newest };
}

/** All that a recovery may be made from. */
export function describe({ survivors, stored: { backups, silent } }: Choice): string {
  return [
    ...(survivors.length === 0 ? [] : [survivorsTable(survivors)]),
    backups.length === 0
      ? "There is no backup of etcd on the load balancers."
      : etcdBackupTable(backups, new Date()),
    ...silent.map(({ store, why }) => `${store} does not say what it has: ${why}`),
  ].join("\n");
}
