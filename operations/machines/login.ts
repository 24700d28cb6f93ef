import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { execa } from "execa";

import { OperatorError } from "../../lib/operatorError";
import { withTemporaryFolder } from "../../lib/temporaryFolder";
import { asRoot } from "../../ssh/asRoot";

/** A machine to log in to. */
export interface MachineLogin {
  address: string;
  /** @default 22 */
  port?: number;
  /** Named user with sudo. */
  user: string;
  /** Public host key in OpenSSH form. A machine that proves another one is refused before anything is sent. */
  hostKey: string;
  /** Private key of the user, OpenSSH PEM. */
  privateKey: string;
}

/** Seconds until a machine that does not answer is given up. */
const CONNECT_SECONDS = 5;

/** Seconds beyond the script's own deadline, so that it is the machine that says so. */
const GRACE_SECONDS = 10;

/** How a script on a machine ended. */
export interface RemoteAnswer {
  ok: boolean;
  stdout: string;
  stderr: string;
}

/** Paths of files here that a script's standard input and output are; what is in them may be large. */
export interface RemoteFiles {
  input?: string;
  output?: string;
}

/**
 * Runs a script as root on a machine with OpenSSH's client, which reads no configuration of the operator's and knows this one
 * host only. For looking: what changes a machine is a step of the programs.
 *
 * @param deadlineSeconds - After which the script is stopped on the machine.
 * @param graceSeconds - After which a machine that does not say so is given up, beside 5 s for connecting.
 * @param files - Default: nothing is read, and the output is part of the answer.
 * @throws OperatorError when there is no OpenSSH client here.
 */
export function runOnMachine(
  login: MachineLogin,
  script: string,
  deadlineSeconds: number,
  graceSeconds = GRACE_SECONDS,
  files: RemoteFiles = {},
): Promise<RemoteAnswer> {
  return logIn(login, asRoot(script, deadlineSeconds), deadlineSeconds + graceSeconds, files);
}

/**
 * Runs one command line on a machine, as the user who logs in, in the same way.
 *
 * @param seconds - After which it is given up, beside 5 s for connecting.
 * @throws OperatorError when there is no OpenSSH client here.
 */
export function logIn(
  { address, port = 22, user, hostKey, privateKey }: MachineLogin,
  command: string,
  seconds: number,
  files: RemoteFiles = {},
): Promise<RemoteAnswer> {
  return withTemporaryFolder(async (folder) => {
    const identity = join(folder, "identity");
    const knownHosts = join(folder, "known_hosts");
    writeFileSync(identity, `${privateKey.trim()}\n`, { mode: 0o600 });
    writeFileSync(
      knownHosts,
      `${port === 22 ? address : `[${address}]:${port}`} ${hostKey.trim()}\n`,
      { mode: 0o600 },
    );
    const options = [
      "BatchMode=yes",
      "IdentitiesOnly=yes",
      "LogLevel=ERROR",
      "StrictHostKeyChecking=yes",
      `ConnectTimeout=${CONNECT_SECONDS}`,
      "GlobalKnownHostsFile=none",
      `HostKeyAlgorithms=${hostKey.split(" ")[0]}`,
      `UserKnownHostsFile=${knownHosts}`,
    ].flatMap((option) => ["-o", option]);
    const target = ["-i", identity, "-l", user, "-p", `${port}`, address, "--", command];
    const result = await execa("ssh", ["-F", "none", ...options, ...target], {
      reject: false,
      stdin: files.input === undefined ? "ignore" : { file: files.input },
      stdout: files.output === undefined ? "pipe" : { file: files.output },
      timeout: (CONNECT_SECONDS + seconds) * 1000,
    });
    if (result.code === "ENOENT") {
      throw new OperatorError({
        what: "The machines cannot be looked at: there is no OpenSSH client here.",
        next: "install it (Debian: apt-get install openssh-client), then try again",
      });
    }
    const { failed, stdout } = result;
    return {
      ok: !failed,
      stdout: stdout ?? "",
      stderr: result.stderr || (result.shortMessage ?? ""),
    };
  });
}
