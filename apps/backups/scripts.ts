import { quote, script } from "../../lib/bash";
import { FUNCTIONS, VOLUME_FUNCTIONS } from "./functions";
import { CHECK, DECRYPT, LIST, RESTORE } from "./restoreScripts";
import { ENCRYPT, PREPARE, RETAIN, SAVE } from "./saveScripts";

/** Folder of the backups in a task pod; only the containers that encrypt and decrypt have it. */
export const BACKUP_FOLDER = "/backups";

/** Folder of the scripts in a task pod, and of the public keys. */
export const SCRIPT_FOLDER = "/scripts";

/** What is not encrypted is here, between the containers of a task pod; it goes with the pod. */
export const WORK_FOLDER = "/work";

/** Folder with the key that signs, in the container that encrypts. */
export const SIGNING_FOLDER = "/signing";

/** Folder with the private key of the backups, in the container that decrypts: for one restore. */
export const KEY_FOLDER = "/keys";

/** What the scripts are made from. */
export interface ScriptArgs {
  app: string;
  version: string;
  site: string;
  extension: string;
  /** So many of the newest backups stay, however old they are. */
  keep: number;
  /** Days after which one that is not among them goes. */
  keepDays: number;
  /** Bytes that a backup may have before it is encrypted. */
  limit: number;
  /** Seconds after which no task writes any more. */
  deadlineSeconds: number;
  /** The application's own commands. */
  save: string;
  verify: string;
  /** @default there is room */
  room?: string;
  restore: string;
  /** Where everything is; a test has it elsewhere. */
  folders?: typeof FOLDERS;
}

const FOLDERS = {
  folder: BACKUP_FOLDER,
  scripts: SCRIPT_FOLDER,
  work: WORK_FOLDER,
  signing: SIGNING_FOLDER,
  keys: KEY_FOLDER,
  /** File whose text the kubelet shows as the message of a container that has ended. */
  report: "/dev/termination-log",
};

/**
 * The scripts of a backup by file name: what the containers of its tasks run, one after the other.
 *
 * | task | container by container |
 * | --- | --- |
 * | save | prepare.sh, save.sh in the application's image, encrypt.sh |
 * | restore | decrypt.sh, restore.sh in the application's image |
 * | look whether one can be restored | decrypt.sh, check.sh in the application's image |
 * | list | list.sh |
 *
 * A backup is a file and its manifest, both under their final names. They get these by rename when the content is verified,
 * so that what was interrupted never looks like a backup.
 */
export function backupScripts(args: ScriptArgs): Record<string, string> {
  const { folders = FOLDERS } = args;
  const include = (name: string): string => `. ${quote(`${folders.scripts}/${name}`)}`;
  const inApplication = (...parts: string[]): string =>
    script("set -eu", include("common.sh"), ...parts);
  const onVolume = (...parts: string[]): string => inApplication(include("volume.sh"), ...parts);
  return {
    "common.sh": common(args, folders),
    "volume.sh": script(VOLUME_FUNCTIONS),
    "prepare.sh": onVolume(PREPARE),
    "save.sh": inApplication(SAVE),
    "encrypt.sh": onVolume(ENCRYPT, RETAIN),
    "list.sh": onVolume(LIST),
    "decrypt.sh": onVolume(DECRYPT),
    "check.sh": inApplication(CHECK, 'cat "$manifest"'),
    "restore.sh": inApplication(CHECK, RESTORE),
    "app-save.sh": script("set -eu", args.save),
    "app-verify.sh": script("set -eu", args.verify),
    "app-room.sh": script("set -eu", args.room ?? ""),
    "app-restore.sh": script("set -eu", args.restore),
  };
}

/** A value that stands in a manifest, and in a pattern of the shell, as it is. */
const SAFE = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

function safe(what: string, value: string): string {
  if (!SAFE.test(value)) {
    throw new Error(`The ${what} of a backup is not a plain word: ${value}`);
  }
  return value;
}

function common(args: ScriptArgs, folders: typeof FOLDERS): string {
  const { keep, keepDays, limit, deadlineSeconds } = args;
  return script(
    [
      `app=${safe("application", args.app)}`,
      `version=${safe("version", args.version)}`,
      `site=${safe("site", args.site)}`,
      `extension=${safe("extension", args.extension)}`,
      `keep=${keep}`,
      `keepDays=${keepDays}`,
      `limit=${limit}`,
      `deadline=${deadlineSeconds}`,
      ...Object.entries(folders).map(([name, path]) => `${name}=${quote(path)}`),
    ].join("\n"),
    // Names sort by time, and only the owner reads what is written.
    "export LC_ALL=C TZ=UTC\numask 077",
    FUNCTIONS,
  );
}
