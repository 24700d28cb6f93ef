import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Runs a script in bash as a step does, with stand-ins for programs of a machine before everything else on PATH. In
 * $FOLDER, a fresh folder, a stand-in may leave what it was asked in the file log.
 *
 * @param around - A command that runs bash, such as `unshare --net`.
 */
export function run(
  script: string,
  programs: Record<string, string> = {},
  around: readonly string[] = [],
) {
  const folder = mkdtempSync(join(tmpdir(), "script-"));
  const bin = join(folder, "bin");
  mkdirSync(bin);
  for (const [name, body] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/bash\n${body}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const [command = "bash", ...args] = [...around, "bash", "-euo", "pipefail", "-c", script];
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: "utf8",
    // A socket, which node gives by default, makes bash read its rc file.
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: `${bin}:${process.env["PATH"]}`, FOLDER: folder },
  });
  const file = join(folder, "log");
  const log = existsSync(file) ? readFileSync(file, "utf8") : "";
  rmSync(folder, { recursive: true });
  return { status, stdout, stderr, log };
}
