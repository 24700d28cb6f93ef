import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { execa } from "execa";

import { OperatorError } from "../../lib/operatorError";
import { checkout } from "../../lib/paths";
import { comparedGraphs } from "./comparedGraphs";
import type { EnvironmentReport } from "./model";

/** Path of a stack's committed graph, in the checkout. */
export function graphPath(environment: string, stack: string): string {
  return `tests/goldens/${environment}/${stack}.yaml`;
}

/** The graph as it is in the checkout; undefined where there is none. */
export function readGraph(environment: string, stack: string): string | undefined {
  const path = join(checkout, graphPath(environment, stack));
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/**
 * Compares the committed graphs of an environment with those of the commit at which this branch left another one. Reads files and
 * git, and nothing of it is run.
 *
 * @param base - What git knows the other branch by.
 * @throws OperatorError when git knows no such branch or commit.
 */
export async function graphChanges(
  environment: string,
  stacks: readonly string[],
  base: string,
): Promise<NonNullable<EnvironmentReport["graphs"]>> {
  const commit = await mergeBase(base);
  const compared = stacks.map(async (stack) => {
    const before = await git("show", `${commit}:${graphPath(environment, stack)}`);
    return comparedGraphs(stack, before, readGraph(environment, stack));
  });
  return { base: commit.slice(0, 12), stacks: await Promise.all(compared) };
}

async function mergeBase(base: string): Promise<string> {
  const commit = await git("merge-base", "--end-of-options", base, "HEAD");
  if (commit === undefined) {
    throw new OperatorError({
      what: "There is nothing to compare the graphs with: git knows no such branch or commit, or no common past.",
      where: `BASE=${base}`,
      next: "name a branch or a commit, for example BASE=origin/main; in CI, check out the whole history",
    });
  }
  return commit.trim();
}

/** What a command of git printed; undefined when it failed. */
async function git(...args: string[]): Promise<string | undefined> {
  const { failed, stdout } = await execa("git", args, { cwd: checkout, reject: false });
  return failed ? undefined : stdout;
}
