import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { readEnvironmentFile } from "../../environment";
import { checkout } from "../../../lib/paths";
import { writeKubeconfig } from "../../../operations/engine/kubeconfigFile";
import { environment } from "../support/harness";
import { PlainSite, STACKS } from "../support/plainSite";

/** The site that `make up` has brought up, seen by plain pulumi on a machine without .toolchain. It changes nothing. */
export function plainPulumi(): void {
  const site = new PlainSite();
  beforeAll(() => site.machine.prepare({ compile: false }));
  afterAll(() => site.machine.remove());

  test.each(STACKS)("pulumi preview of %s shows no change", async (stack) => {
    const { exitCode, output } = await site.pulumi(stack, "preview", "--expect-no-changes");
    expect([exitCode, output]).toEqual([0, expect.stringMatching(/^ +[0-9]+ unchanged$/m)]);
  });

  test.each(STACKS)("pulumi up of %s changes nothing, with the policies", async (stack) => {
    const { exitCode, output } = await site.pulumi(
      stack,
      ...["up", "--yes", "--skip-preview", "--expect-no-changes", "--policy-pack", "../policies"],
    );
    expect([exitCode, output]).toEqual([0, expect.stringMatching(/^ +[0-9]+ unchanged$/m)]);
    expect(output).toContain("Policies:");
  });

  test("nothing was written into the checkout", async () => {
    expect(await site.machine.changedFiles()).toBe("");
  });

  describe("the first step of a destroy", () => {
    /** Looks for nodes that are gone; there are none, so it changes nothing. */
    const step = async (variables: Record<string, string>) =>
      site.machine.run(
        "dist/apps",
        "node",
        ["../operations/releaseLostNodes.js"],
        variables,
        readFileSync(await writeKubeconfig(environment), "utf8"),
      );

    test("works with the kubectl on PATH, also where an older one stands before it", async () => {
      const variables = site.variables();
      expect(await step(variables)).toMatchObject({ exitCode: 0 });
      const folder = join(site.machine.checkout, "dist", "older");
      mkdirSync(folder);
      const version = JSON.stringify({ clientVersion: { gitVersion: "v1.20.0" } });
      writeFileSync(join(folder, "kubectl"), `#!/bin/sh\necho '${version}'\n`);
      chmodSync(join(folder, "kubectl"), 0o755);
      const both = { ...variables, PATH: `${folder}:${variables["PATH"]}` };
      expect(await step(both)).toMatchObject({ exitCode: 0 });
    });

    test("without kubectl says which one to get", async () => {
      const { kubernetes } = readEnvironmentFile(environment, { directory: checkout });
      const { exitCode, output } = await step(site.variables(["kubectl"]));
      expect(exitCode).not.toBe(0);
      expect(output).toContain("kubectl is not on this machine's PATH");
      expect(output).toContain(`get kubectl ${kubernetes.version}`);
    });
  });
}
