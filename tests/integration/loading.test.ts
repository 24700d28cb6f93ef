import { readFileSync } from "node:fs";
import { join } from "node:path";

import { execa } from "execa";
import { parse } from "yaml";

import { checkout } from "../../lib/paths";

/** What a script prints as JSON, run by node in the folder of a compiled program. */
async function node(script: string, ...flags: string[]): Promise<unknown> {
  const { stdout } = await execa("node", ["--no-warnings", ...flags, "--eval", script], {
    cwd: join(checkout, "dist", "infra"),
  });
  return JSON.parse(stdout) as unknown;
}

describe("a program", () => {
  const preload = ["--require", "../pulumi/unusedCompilers.js"];
  const compilers = `["typescript", "@npmcli/arborist"].map((name) => require.cache[require.resolve(name)].exports)`;

  test("loads Pulumi without the compilers", async () => {
    const script = `
      require("@pulumi/pulumi");
      console.log(JSON.stringify(${compilers}.map((made) => Object.keys(made).length > 0)))`;
    expect(await node(script)).toEqual([true, true]);
    expect(await node(script, ...preload)).toEqual([false, false]);
  });

  test("has them when it uses them", async () => {
    const script = `
      require("@pulumi/pulumi").runtime.serializeFunction(() => 2 * 21).then(({ text }) =>
        console.log(JSON.stringify([text.includes("2 * 21"), typeof require("@npmcli/arborist").Arborist])))`;
    expect(await node(script, ...preload)).toEqual([true, "function"]);
  });
});

test("the stack of an error that ends a program names its source", async () => {
  const script = `
    require("source-map-support/register");
    process.on("unhandledRejection", ({ stack }) => console.log(JSON.stringify(stack)));
    const { readEnvironmentFile } = require("../environment/load/file.js");
    (async () => readEnvironmentFile({}, "none"))()`;
  const stack = await node(script, "--require", "../pulumi/unusedCompilers.js");
  expect(stack).toContain("environment/load/file.ts:");
});

test.each(["operations", "lab", "supply-chain"])(
  "the commands of %s do not load Pulumi, which takes longer than most of them",
  async (folder) => {
    const script = `
      require("../${folder}/cli.js");
      console.log(Object.keys(require.cache).some((file) => file.endsWith("/@pulumi/pulumi/index.js")));
      process.exit()`;
    expect(await node(script)).toBe(false);
  },
);

/** The built language host gives Node.js the arguments of PulumiPolicy.yaml; an official one gives them to Pulumi's runner of policies. */
test("the policies start where an official language host runs them", async () => {
  const { nodeargs } = (
    parse(readFileSync(join(checkout, "policies", "PulumiPolicy.yaml"), "utf8")) as {
      runtime: { options: { nodeargs: string } };
    }
  ).runtime.options;
  const runner = join(checkout, "node_modules", "@pulumi", "pulumi", "cmd", "run-policy-pack");
  const pack = join(checkout, "policies");
  const host = execa("node", [runner, ...nodeargs.split(" "), "127.0.0.1:1", pack], {
    cwd: pack,
    reject: false,
    stdin: "ignore",
  });
  const port = await new Promise<string>((resolve) => {
    host.stdout.once("data", (printed: Buffer) => resolve(printed.toString()));
    void host.then(({ stderr }) => resolve(stderr));
  });
  host.kill("SIGKILL");
  await host;
  expect(port).toMatch(/^[0-9]+\n$/);
});
