import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";
import { stringify } from "yaml";

import { checkout, toolchain } from "../../lib/paths";
import { sharedPolicies } from "../../operations/engine/sharedPolicies";
import { NO_PORT, POLICIES_PORT_FILE } from "../../policies/portFile";
import { POLICY_PACK } from "../../operations/engine/policyPack";

const folder = mkdtempSync(join(tmpdir(), "sitewright-policies-"));
afterAll(() => rmSync(folder, { recursive: true }));

const PROGRAM = `const { remote } = require("@pulumi/command");
new remote.Command("reckless", { connection: { host: "127.0.0.1", user: "a", password: "in-the-clear" }, create: "true" });
`;

const SAID = [
  `- [mandatory]  ssh-host-key-pinned  (command:remote:Command: reckless)
          Every login on a machine knows the machine's host key beforehand.
          connection.hostKey is missing`,
  `- [mandatory]  ssh-no-password  (command:remote:Command: reckless)
          Every login on a machine is by key.
          connection.password is set`,
];

beforeAll(async () => {
  symlinkSync(join(checkout, "node_modules"), join(folder, "node_modules"));
  const runtime = { name: "nodejs", options: { typescript: false } };
  writeFileSync(join(folder, "Pulumi.yaml"), stringify({ name: "reckless", runtime }));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ main: "index.js" }));
  writeFileSync(join(folder, "index.js"), PROGRAM);
  await pulumi(["stack", "init", "dev"]);
});

function pulumi(args: readonly string[], variables: Record<string, string> = {}) {
  const env = {
    PATH: `${join(toolchain, "bin")}:${process.env.PATH ?? ""}`,
    PULUMI_HOME: join(toolchain, "pulumi-home"),
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_CONFIG_PASSPHRASE: "",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    ...variables,
  };
  return execa("pulumi", args, { cwd: folder, env, extendEnv: false, reject: false, all: true });
}

const PREVIEW = ["preview", "--stack", "dev", ...POLICY_PACK];

test("the engine shows each violation under its own policy, with what has to be", async () => {
  const { exitCode, all } = await pulumi(PREVIEW);
  expect(exitCode).not.toBe(0);
  SAID.forEach((said) => expect(all).toContain(said));
  expect(all).not.toContain("in-the-clear");
});

test("a command runs them in one process for several engines, and nothing of it is left when it ends", async () => {
  const script = `
    const { sharePolicies, sharedPolicies } = require("./dist/operations/engine/sharedPolicies.js");
    sharePolicies("dev");
    process.stdin.once("data", () => process.exit());
    console.log(JSON.stringify(sharedPolicies(${JSON.stringify(PREVIEW)})));`;
  const command = execa("node", ["-e", script], { cwd: checkout, buffer: false });
  const variables = await new Promise<string>((resolve) => {
    command.stdout.once("data", (printed: Buffer) => resolve(printed.toString()));
  });
  const shared = JSON.parse(variables) as Record<string, string>;
  const results = await Promise.all([pulumi(PREVIEW, shared), pulumi(PREVIEW, shared)]);
  for (const { exitCode, all } of results) {
    expect(exitCode).not.toBe(0);
    SAID.forEach((said) => expect(all).toContain(said));
  }
  command.stdin.write("\n");
  await command;
  expect(Object.values(shared).filter(existsSync)).toEqual([]);
});

test("where they do not come up, the engine runs its own", async () => {
  const file = join(folder, "port");
  writeFileSync(file, NO_PORT);
  const { all } = await pulumi(PREVIEW, { [POLICIES_PORT_FILE]: file });
  SAID.forEach((said) => expect(all).toContain(said));
});

test("a command that names no policies is given none", () => {
  expect(sharedPolicies(["preview"])).toEqual({});
});
