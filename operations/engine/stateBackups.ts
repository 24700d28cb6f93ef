import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";

import { z } from "zod";

import { sha256 } from "../../lib/digests/sha256";
import { OperatorError } from "../../lib/operatorError";
import { checkout, stateDirectory } from "../../lib/paths";

/** What a backup file holds beside its checksum. */
const content = z.strictObject({
  format: z.literal(1),
  environment: z.string(),
  created: z.iso.datetime(),
  /** Pulumi.<environment>.yaml as it was: its salt belongs to the secrets below. */
  configuration: z.string(),
  /** What `pulumi stack export` printed, by project; secrets are encrypted. */
  stacks: z.record(
    z.string(),
    z.looseObject({ version: z.number(), deployment: z.looseObject({}) }),
  ),
});

/** The states of an environment's stacks at one moment. */
export type StateBackup = z.output<typeof content>;

const file = z.strictObject({ sha256: z.string(), content });

/** Folder of an environment's backups. */
export function backupFolder(environment: string): string {
  return join(stateDirectory(), "state-backups", environment);
}

/** Path of an environment's configuration. */
export function configurationPath(environment: string): string {
  return join(checkout, `Pulumi.${environment}.yaml`);
}

/**
 * Writes a backup under the time it was made, mode 0600, and reads it again.
 * @returns Its path.
 */
export function writeStateBackup(backup: StateBackup): string {
  const folder = backupFolder(backup.environment);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${backup.created.replaceAll(":", "-")}.json`);
  const text = JSON.stringify({ sha256: checksum(backup), content: backup });
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  readStateBackup(`${path}.new`);
  renameSync(`${path}.new`, path);
  return path;
}

/** Names of an environment's backups, the newest last. */
export function listStateBackups(environment: string): string[] {
  const folder = backupFolder(environment);
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith(".json"))
        .sort()
    : [];
}

/** The path that FROM means: a file, or the name of one of the environment's backups. */
export function backupPath(environment: string, from: string): string {
  return from === basename(from) ? join(backupFolder(environment), from) : from;
}

/** @throws OperatorError when the file cannot be read, is no such backup, or is not as it was written. */
export function readStateBackup(path: string): StateBackup {
  const refuse = (why: string) =>
    new OperatorError({
      what: "This is no backup of a state that could be restored; nothing was touched.",
      where: path,
      why,
      next: "name another one: make restore-state without FROM lists them",
    });
  let text: unknown;
  try {
    text = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw refuse((error as Error).message);
  }
  const read = file.safeParse(text);
  if (!read.success) {
    throw refuse(z.prettifyError(read.error));
  }
  // The checksum of the file's own text: parsing with a schema changes the order of keys.
  if (checksum((text as { content: unknown }).content) !== read.data.sha256) {
    throw refuse("its checksum is another one: it was changed or damaged after it was written");
  }
  return read.data.content;
}

function checksum(backup: unknown): string {
  return sha256(JSON.stringify(backup));
}
