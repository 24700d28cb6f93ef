import { ETCD_BACKUP } from "../../cluster/etcd-backup/controlPlane";
import { span } from "../../lib/humanUnits";
import type { Section } from "../../lib/statusSection";
import { table } from "../../lib/table";
import { isOfTheFuture, type Stored } from "../etcd-backups/stores";

const HOUR = 3_600_000;

/** What has to be known beside the backups themselves. */
export interface EtcdBackupsArgs {
  /** Names of the control planes. */
  controlPlanes: readonly string[];
  /** Hours between two backups of one. */
  everyHours: number;
  environment: string;
  now: Date;
}

/** The newest backup of each control plane's etcd. One may fail before a person has to look. */
export function etcdBackupsSection(
  { backups, silent }: Stored,
  { controlPlanes, everyHours, environment, now }: EtcdBackupsArgs,
): Section {
  const newest = controlPlanes.map((name) => ({
    name,
    backup: backups
      .filter((one) => one.name.startsWith(`${name}/`) && !isOfTheFuture(one, now))
      .at(-1),
  }));
  const future = backups.filter((one) => isOfTheFuture(one, now)).map(({ name }) => name);
  const age = (created: Date): number => now.getTime() - created.getTime();
  const old = newest.filter(
    ({ backup }) => backup === undefined || age(backup.created) > 2 * everyHours * HOUR,
  );
  return {
    text: table(
      ["ETCD OF", "NEWEST BACKUP", "AGE", "ON"],
      newest.map(({ name, backup }) =>
        backup === undefined
          ? [name, "none", "-", "-"]
          : [name, backup.name, span(age(backup.created)), backup.stores.join(", ")],
      ),
    ),
    missing: old.map(
      ({ name, backup }) =>
        `${backup === undefined ? "there is no backup of etcd" : "the newest backup of etcd is old"} on ${name}: see why ` +
        `(journalctl --unit ${ETCD_BACKUP} there), then make backup APP=etcd ENV=${environment}`,
    ),
    warnings: [
      ...silent.map(
        ({ store, why }) => `the backups of etcd on ${store} were not looked at: ${why}`,
      ),
      ...(future.length === 0
        ? []
        : [
            `backups of etcd bear a time that has not come, so none of them counts as the newest: ${future.join(", ")}; ` +
              "the clock of that control plane was ahead, or this machine's is behind",
          ]),
    ],
  };
}
