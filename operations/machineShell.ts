import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { execa } from "execa";

import type { Infra } from "../environment/contracts";
import { OperatorError } from "./operatorError";
import { withTemporaryFolder } from "./temporary";

/** Seconds for one script, the login included. */
const SCRIPT_SECONDS = 60;

/** A machine of the site to look at. */
export type ShellMachine = Infra["nodes"][number];

/**
 * Runs a script that only looks, as root, on each machine at once, and returns what each printed, by name. Host keys are pinned; the
 * user's own configuration and agent of SSH are left out.
 *
 * @throws OperatorError with every machine on which it did not end well.
 */
export async function askMachines(
  machines: readonly ShellMachine[],
  { user, privateKey }: { user: string; privateKey: string },
  script: string,
): Promise<Map<string, string>> {
  return withTemporaryFolder(async (folder) => {
    const [identity, knownHosts] = ["identity", "known_hosts"].map((name) => join(folder, name));
    writeFileSync(identity, `${privateKey.trimEnd()}\n`, { mode: 0o600 });
    const known = machines.map(({ address, hostKey }) => `${address} ${hostKey.trim()}\n`);
    writeFileSync(knownHosts, known.join(""), { mode: 0o600 });
    const answers = await Promise.all(
      machines.map(({ address }) =>
        execa(
          "ssh",
          [
            ...[
              "-F",
              "none",
              "-i",
              identity,
              "-o",
              "IdentitiesOnly=yes",
              "-o",
              "IdentityAgent=none",
            ],
            ...["-o", `UserKnownHostsFile=${knownHosts}`, "-o", "GlobalKnownHostsFile=none"],
            ...["-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes"],
            ...["-o", "ConnectTimeout=10", "-o", "LogLevel=ERROR"],
            ...[
              `${user}@${address}`,
              "sudo",
              "-n",
              "--",
              "bash",
              "--norc",
              "-euo",
              "pipefail",
              "-s",
            ],
          ],
          { input: script, reject: false, timeout: SCRIPT_SECONDS * 1000 },
        ),
      ),
    );
    const faults = answers.flatMap(({ failed, stderr, shortMessage }, index) =>
      failed ? [`${machines[index].name}: ${stderr.trim() || shortMessage}`] : [],
    );
    if (faults.length > 0) {
      throw new OperatorError({
        what: `${faults.length} of ${machines.length} machines did not answer by SSH.`,
        why: faults.join("\n"),
        next: "make status shows the machines; a host key that is not the pinned one means another machine answers",
      });
    }
    return new Map(answers.map(({ stdout }, index) => [machines[index].name, stdout]));
  });
}
