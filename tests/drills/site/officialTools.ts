import { cpSync, lstatSync, mkdtempSync, readlinkSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { toolchain } from "../../../lib/paths";
import { environment, expectSuccess, make, unchangedStacks } from "../../e2e/support/harness";

/**
 * A site is updated with the engine and the plugins of the machine, and again with those that are built. The makers' own builds cannot
 * be had here: copies of the built ones lie where the makers' installers would put theirs.
 */
export function officialTools(): void {
  const machine = realpathSync(mkdtempSync(join(tmpdir(), "sitewright-official-")));
  const chosen = join(toolchain, "bin", "pulumi");
  afterAll(() => rmSync(machine, { recursive: true }));

  test("make up with pulumi and plugins of the machine changes nothing", async () => {
    for (const folder of ["bin", "libexec"]) {
      cpSync(join(toolchain, folder), join(machine, folder), { recursive: true });
    }
    cpSync(join(toolchain, "pulumi-home", "plugins"), join(machine, "home", "plugins"), {
      recursive: true,
    });
    const finished = await make("up", {
      variables: { TOOLS: "official" },
      shell: {
        PATH: `${join(machine, "bin")}:${process.env["PATH"]}`,
        PULUMI_HOME: join(machine, "home"),
      },
    });
    expectSuccess(finished);
    expect(finished.output).toContain(`(${join(machine, "bin")}), plugin kubernetes`);
    expect(readlinkSync(chosen)).toBe(join(machine, "bin", "pulumi"));
    expect(unchangedStacks(finished)).toBe(4);
  });

  test("and with those that are built, nothing either", async () => {
    const finished = await make("up");
    expectSuccess(finished);
    expect(lstatSync(chosen).isSymbolicLink()).toBe(false);
    expect(unchangedStacks(finished)).toBe(4);
  });

  test("TOOLS=official without them says what is missing, and changes nothing", async () => {
    const finished = await make("up", { variables: { TOOLS: "official" } });
    expect(finished.exitCode).not.toBe(0);
    expect(finished.output).toContain("pulumi plugin install resource command");
    expectSuccess(await make("status", { variables: { ENV: environment } }));
  });
}
