import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";
import { stringify } from "yaml";

import { checkout, toolchain } from "../../lib/paths";
import { POLICY_PACK } from "../../operations/engine/policyPack";

const folder = mkdtempSync(join(tmpdir(), "sitewright-policies-"));
afterAll(() => rmSync(folder, { recursive: true }));

const PROGRAM = `const { remote } = require("@pulumi/command");
new remote.Command("reckless", { connection: { host: "127.0.0.1", user: "a", password: "in-the-clear" }, create: "true" });
`;

test("the engine shows each violation under its own policy, with what has to be", async () => {
  symlinkSync(join(checkout, "node_modules"), join(folder, "node_modules"));
  const runtime = { name: "nodejs", options: { typescript: false } };
  writeFileSync(join(folder, "Pulumi.yaml"), stringify({ name: "reckless", runtime }));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ main: "index.js" }));
  writeFileSync(join(folder, "index.js"), PROGRAM);
  const env = {
    PATH: `${join(toolchain, "bin")}:${process.env.PATH ?? ""}`,
    PULUMI_HOME: join(toolchain, "pulumi-home"),
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_CONFIG_PASSPHRASE: "",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  const options = { cwd: folder, env, extendEnv: false, reject: false, all: true } as const;
  await execa("pulumi", ["stack", "init", "dev"], options);
  const { exitCode, all } = await execa(
    "pulumi",
    ["preview", "--stack", "dev", ...POLICY_PACK],
    options,
  );
  expect(exitCode).not.toBe(0);
  for (const said of [
    `- [mandatory]  ssh-host-key-pinned  (command:remote:Command: reckless)
          Every login on a machine knows the machine's host key beforehand.
          connection.hostKey is missing`,
    `- [mandatory]  ssh-no-password  (command:remote:Command: reckless)
          Every login on a machine is by key.
          connection.password is set`,
  ]) {
    expect(all).toContain(said);
  }
  expect(all).not.toContain("in-the-clear");
});
