import { execa } from "execa";

import { engineVariables } from "../../../operations/engine/engine";
import { selectProjects } from "../../../operations/engine/stacks";
import { environment, expectSuccess, make } from "../support/harness";

/** Runs plain pulumi in a stack's folder under the documented environment. */
async function pulumi(
  stack: "infra" | "cluster",
  ...args: string[]
): Promise<{ exitCode?: number; output: string }> {
  const result = await execa("pulumi", args, {
    cwd: selectProjects(stack)[0].directory,
    env: engineVariables(environment),
    reject: false,
    all: true,
    stdin: "ignore",
    timeout: 300_000,
  });
  return { exitCode: result.exitCode, output: result.all };
}

const resources = async (stack: "infra" | "cluster"): Promise<number> => {
  const { deployment } = JSON.parse(
    (await pulumi(stack, "stack", "export", "--stack", environment)).output,
  ) as { deployment: { resources?: unknown[] } };
  return deployment.resources?.length ?? 0;
};

export function refusals(): void {
  test.each([
    ["infra", "cluster"],
    ["cluster", "apps"],
  ] as const)("pulumi destroy of %s while %s stands on it", async (stack, downstream) => {
    const before = await resources(stack);
    const { exitCode, output } = await pulumi(
      stack,
      "destroy",
      "--yes",
      "--skip-preview",
      "--stack",
      environment,
    );
    expect(exitCode).not.toBe(0);
    expect(output).toContain(`Stack ${downstream} still stands on this one`);
    expect(await resources(stack)).toBe(before);
  });

  test("plain pulumi in a stack's folder works under the documented environment", async () => {
    const { exitCode, output } = await pulumi(
      "cluster",
      "preview",
      "--stack",
      environment,
      "--expect-no-changes",
    );
    expect(output).not.toContain("error:");
    expect(exitCode).toBe(0);
  });

  test("and the site is as it was", async () => {
    expectSuccess(await make("status"));
  });
}
