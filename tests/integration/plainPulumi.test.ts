import { renameSync } from "node:fs";
import { join } from "node:path";

import { type Ended, PlainMachine, type Program } from "../plainMachine";
import { EXCLUDED, Site } from "./support/vcenter";

/**
 * Plain pulumi on a machine without .toolchain, against a simulated vCenter. With a whole site: tests/e2e/commands/plainPulumi.ts and
 * tests/drills/site/plainPulumi.ts.
 */
jest.setTimeout(900_000);

const site = new Site(18_965, [
  { user: "cloud-provider@vsphere.local" },
  { user: "csi@vsphere.local" },
]);
const machine = new PlainMachine();
const POLICIES = ["--policy-pack", "../policies"];

beforeAll(async () => {
  await Promise.all([site.start(), machine.prepare({ compile: true })]);
});
afterAll(() => {
  site.stop();
  machine.remove();
});

type Stack = "infra" | "cluster" | "apps";

/** The machine's variables, with the backend, passphrase and vCenter of the test. */
function variables(without?: readonly Program[]): Record<string, string> {
  const own = { XDG_STATE_HOME: site.path("home"), ...machine.variables(without) };
  return { ...site.variables(true), ...own };
}

const pulumi = (
  stack: Stack,
  args: readonly string[],
  without?: readonly Program[],
): Promise<Ended> => machine.run(stack, "pulumi", [...args, ...site.select()], variables(without));

describe("a preview", () => {
  test("of infra, with the policies", async () => {
    await site.configure("infra");
    const { exitCode, output } = await pulumi("infra", ["preview", ...POLICIES]);
    expect([exitCode, output]).toEqual([0, expect.stringMatching(/^ +\+ [0-9]+ to create$/m)]);
    expect(output).toContain("Policies:");
  });

  test("of infra that gives permissions names the program that it needs", async () => {
    await site.configure("infra", (config) => {
      config["site:vsphere"]!["manageAccess"] = true;
    });
    const { exitCode, output } = await pulumi("infra", ["preview"], ["vcenter-access"]);
    expect(exitCode).not.toBe(0);
    expect(output).toContain("go build -C vcenter/access-tool -o ~/.local/bin/vcenter-access .");
  });
});

describe("an update of the machines", () => {
  test("makes them, with roles and permissions, and a second one changes nothing", async () => {
    await site.configure("infra", (config) => {
      config["site:vsphere"]!["manageAccess"] = true;
    });
    const up = ["up", "--yes", "--skip-preview", ...EXCLUDED];
    const { exitCode, output } = await pulumi("infra", up);
    expect([exitCode, output]).toEqual([0, expect.stringMatching(/^ +\+ [0-9]+ created$/m)]);
    expect(await site.machines()).toHaveLength(6);
    for (const words of [["preview"], ["up", "--yes", "--skip-preview"]]) {
      const again = await pulumi("infra", [...words, "--expect-no-changes", ...EXCLUDED]);
      const unchanged = expect.stringMatching(/^ +[0-9]+ unchanged$/m) as string;
      expect([again.exitCode, again.output]).toEqual([0, unchanged]);
    }
  });

  test("is destroyed", async () => {
    const { exitCode, output } = await pulumi("infra", ["destroy", "--yes", "--skip-preview"]);
    expect([exitCode, output]).toEqual([0, expect.stringMatching(/^ +- [0-9]+ deleted$/m)]);
    expect(await site.machines()).toEqual([]);
  });
});

test.each(["releaseLostNodes", "releaseVolumes"])(
  "the delete step %s without kubectl says what to get, also where the cluster is given up",
  async (program) => {
    const given = { ...variables(["kubectl"]), PULUMI_K8S_DELETE_UNREACHABLE: "true" };
    const step = [`../operations/${program}.js`];
    const { exitCode, output } = await machine.run("dist/apps", "node", step, given, "nothing");
    expect(exitCode).not.toBe(0);
    expect(output).toContain("kubectl is not on this machine's PATH");
  },
);

test("nothing was written into the checkout", async () => {
  expect(await machine.changedFiles()).toBe("");
});

test("the build step says what npm's registry lacks, and how to get it", async () => {
  const sdk = join(machine.checkout, "sdks", "vsphere");
  renameSync(sdk, `${sdk}.away`);
  const given = { ...variables(), npm_config_registry: "http://127.0.0.1:1/" };
  const prepare = ["dist/operations/official-tools/prepare.js"];
  const { exitCode, output } = await machine.run("", "node", prepare, given);
  expect(exitCode).not.toBe(0);
  expect(output).toContain("@pulumi/vsphere 4.17.0: npm's registry does not have it");
  expect(output).toContain(`put the package's content into ${sdk}`);
  renameSync(`${sdk}.away`, sdk);
  expect(await machine.run("", "node", prepare, given)).toEqual({ exitCode: 0, output: "" });
});
