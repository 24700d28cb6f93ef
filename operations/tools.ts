import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";

import { execa, type ResultPromise } from "execa";

import { OperatorError } from "../lib/operatorError";
import { checkout } from "../lib/paths";
import type { Choice } from "./official-tools/choose";

/** What is asked of the toolchain: the name of a piece, or all pieces for one use (toolchain/README.md). */
export type Tools = "operator" | "lab" | "tests" | (string & {});

/** Commands that only read the environment's file. */
const TEXT = new Set(["access", "flows", "new-site", "versions"]);

/**
 * What a command of `make` runs of the toolchain. Only `up` makes a lab, so only it needs the lab's pieces.
 * @param hasLab Whether the environment stands on the embedded lab.
 */
export function toolsOf(command: string, hasLab: () => boolean): Tools[] {
  if (TEXT.has(command) || (command === "preview-report" && process.env.GRAPHS === "1")) {
    return [];
  }
  return command === "up" && hasLab() ? ["operator", "lab"] : ["operator"];
}

/** Milliseconds after which a build is taken to compile: when all is built, the builder needs a fraction of them. */
const COMPILES_AFTER = 3_000;

/**
 * Downloads or builds what is asked for and is not there yet; its progress goes to standard error where `stdout` is "shell", because a shell
 * or a file takes what the command itself prints.
 * @param taken Paths of programs that are not built, by the name of the piece (official-tools/choose.ts).
 * @param without Names of pieces that the checkout has from elsewhere.
 * @param official Names of pieces that are downloaded and not built.
 * @param beside Is begun as soon as the build turns out to take its time, and is waited for.
 * @throws OperatorError when a piece cannot be built; the builder's message stands above.
 */
export async function ensureTools(
  tools: readonly Tools[],
  {
    stdout = "terminal",
    beside,
    taken = {},
    without = [],
    official = [],
  }: Partial<Choice> & { stdout?: "terminal" | "shell"; beside?: () => Promise<void> } = {},
): Promise<void> {
  if (tools.length === 0) {
    return;
  }
  const only = tools.flatMap((name) => ["--only", name]);
  const take = Object.entries(taken).flatMap(([piece, paths]) =>
    paths.flatMap((path) => ["--take", `${piece}=${path}`]),
  );
  const build = execa(
    join(checkout, "toolchain", "build.sh"),
    [
      ...only,
      ...take,
      ...without.flatMap((name) => ["--without", name]),
      ...official.flatMap((name) => ["--official", name]),
    ],
    {
      stdio: ["ignore", stdout === "shell" ? 2 : "inherit", "inherit"],
      reject: false,
      cleanup: false,
      forceKillAfterDelay: false,
    },
  );
  const other = beside === undefined ? undefined : besides(build, beside);
  const [{ exitCode }] = await Promise.all([build, other]);
  if (exitCode !== 0) {
    throw new OperatorError({
      what: "The programs that this command needs are not built; the reason stands above.",
      next: "mend it and run the same command again: what is built stays",
    });
  }
}

async function besides(build: ResultPromise, work: () => Promise<void>): Promise<void> {
  const isBuilt = await Promise.race([
    build.then(() => true),
    setTimeout(COMPILES_AFTER, false, { ref: false }),
  ]);
  if (!isBuilt) {
    await work();
  }
}

/**
 * Makes what the lab needs of this machine and of Debian, which takes minutes and needs none of the programs. What fails is said
 * and left to the lab itself, which makes it again and stops there.
 */
export async function prepareLab(environment: string): Promise<void> {
  const cli = join(checkout, "dist", "lab", "cli.js");
  const args = [cli, "prepare", "--environment", environment];
  const lab = execa(process.execPath, args, {
    reject: false,
    all: true,
    buffer: false,
    stdin: "ignore",
    cleanup: false,
    forceKillAfterDelay: false,
  });
  // On a terminal the builder keeps one line up to date, which a whole line takes the place of.
  const clear = process.stdout.isTTY ? "\r\x1b[K" : "";
  for await (const line of createInterface({ input: lab.all })) {
    process.stdout.write(`${clear}${line}\n`);
  }
  await lab;
}
