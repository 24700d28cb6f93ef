import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import { asRoot } from "./asRoot";

/** A machine to log in to, with the key it must prove to own. */
export interface RemoteHost {
  /** IPv4 address. */
  address: pulumi.Input<string>;
  /** Named user that may use sudo without a password. */
  user: string;
  /** Private key of that user, OpenSSH PEM. Secret. */
  privateKey: pulumi.Input<string>;
  /** Public host key in OpenSSH form. Pinned: a machine with another key is refused. */
  hostKey: pulumi.Input<string>;
}

/** One idempotent piece of work as root on one machine. */
export interface RootStepArgs {
  host: RemoteHost;
  /**
   * Bash, run with `-euo pipefail`. It shows in previews, errors and process lists: no secrets in it. Any change of it
   * runs it again, so it must be idempotent. Leave it out for a step that only undoes: it logs in when it is deleted, never before.
   */
  script?: string;
  /**
   * Bash that runs in place of `script` once the step has succeeded before, when one of its inputs or triggers changes.
   * @default script
   */
  updateScript?: string;
  /** What the script reads from its standard input: configuration, secrets. A change runs the script again. */
  stdin?: pulumi.Input<string>;
  /**
   * Values whose change runs the step again, such as the id of the machine: after a clone all its work must be
   * repeated. Content hashes and ids only, nothing that varies by itself, nothing secret, each on one line.
   * @default []
   */
  triggers?: pulumi.Input<string>[];
  /** Bash that undoes the step on destroy, with the same `stdin`. Leave it out if the machine is deleted too. */
  deleteScript?: string;
  /** Seconds after which the script is stopped, here and on the machine. */
  deadlineSeconds: number;
  /**
   * The same for `deleteScript`.
   * @default deadlineSeconds
   */
  deleteDeadlineSeconds?: number;
}

/** Seconds a machine may take from power-on to its first login. */
export const LOGIN_DEADLINE_SECONDS = 300;
/** Seconds one attempt to connect may take. */
const DIAL_SECONDS = 5;
/** Seconds between two attempts, once the first ones have failed. */
const DIAL_PAUSE_SECONDS = 2;

/**
 * Runs a script as root on a machine, by one SSH connection with a pinned host key. Its output stays secret and out of
 * the log; when it fails, the error shows the script and what it printed.
 */
export function rootStep(
  name: string,
  args: RootStepArgs,
  opts: pulumi.CustomResourceOptions = {},
): remote.Command {
  const { script, deadlineSeconds, deleteDeadlineSeconds = deadlineSeconds } = args;
  const limit = (seconds: number) => `${LOGIN_DEADLINE_SECONDS + seconds}s`;
  const triggers = pulumi.output(args.triggers ?? []);
  const command = (text: string) =>
    triggers.apply((values) => asRoot(`${triggerLine(values)}${text}`, deadlineSeconds));
  return new remote.Command(
    name,
    {
      connection: {
        host: args.host.address,
        user: args.host.user,
        privateKey: args.host.privateKey,
        hostKey: args.host.hostKey,
        dialErrorLimit: LOGIN_DEADLINE_SECONDS / DIAL_PAUSE_SECONDS,
        perDialTimeout: DIAL_SECONDS,
      },
      ...(script === undefined
        ? {}
        : { create: command(script), update: command(args.updateScript ?? script) }),
      ...(args.deleteScript === undefined
        ? {}
        : { delete: asRoot(args.deleteScript, deleteDeadlineSeconds) }),
      ...(args.stdin === undefined ? {} : { stdin: args.stdin }),
      triggers,
      logging: remote.Logging.None,
      addPreviousOutputInEnv: false,
    },
    pulumi.mergeOptions(
      {
        // The official plugin replaces a command whose triggers change, and deletes the old command after it has created the new
        // one: the delete script would undo, on the same machine, what the new run has just done. So the triggers stay as they
        // were first recorded, and only the line in the script changes.
        ignoreChanges: ["triggers"],
        additionalSecretOutputs: ["stdout", "stderr"],
        customTimeouts: {
          create: limit(deadlineSeconds),
          update: limit(deadlineSeconds),
          delete: limit(deleteDeadlineSeconds),
        },
      },
      opts,
    ),
  );
}

/** Line that makes the script another text when a trigger changes. */
function triggerLine(values: readonly string[]): string {
  return values.length === 0 ? "" : `# Runs again when one of these changes: ${values.join(" ")}\n`;
}
