import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";

import { FIELD_MANAGER, FIELD_MANAGER_ANNOTATION } from "../../kubernetes/fieldManager";
import { checkout, toolchain } from "../../lib/paths";
import { readEventLog } from "../../operations/engine/eventLog";
import { POLICY_PACK } from "../../operations/engine/policyPack";
import { policyResults } from "../../operations/preview-report/policyResults";

/** The real engine, language host and policy pack on programs of a few lines. No vCenter and no cluster is asked. */
jest.setTimeout(180_000);

const folder = mkdtempSync(join(tmpdir(), "sitewright-policies-"));
const PROJECT = "name: tried\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n";
const PREAMBLE = `
const pulumi = require("@pulumi/pulumi");
const random = require("@pulumi/random");
`;
const SECRET_KEPT = `
const known = new random.RandomPassword("known", { length: 20, keepers: { password: pulumi.secret("s3cret") } });
new random.RandomPassword("later", { length: 20, keepers: { password: known.result } });
`;
const PLAIN = `new random.RandomPassword("plain", { length: 20, keepers: { password: "in the clear" } });`;
const CLAIM = `
const kubernetes = require("@pulumi/kubernetes");
const provider = new kubernetes.Provider("cluster", { clusterIdentifier: "none", kubeconfig: pulumi.secret(JSON.stringify({
  apiVersion: "v1", kind: "Config", "current-context": "c",
  clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:1" } }],
  users: [{ name: "c", user: {} }],
  contexts: [{ name: "c", context: { cluster: "c", user: "c" } }],
})) });
new kubernetes.core.v1.PersistentVolumeClaim("claim", {
  metadata: { name: "data", namespace: "home", annotations: ${JSON.stringify({ [FIELD_MANAGER_ANNOTATION]: FIELD_MANAGER })} },
  spec: { accessModes: ["ReadWriteOnce"], storageClassName: "fast", resources: { requests: { storage: "1Gi" } } },
}, { provider });
`;

const variables = {
  PATH: `${join(toolchain, "bin")}:${process.env.PATH}`,
  PULUMI_HOME: join(toolchain, "pulumi-home"),
  PULUMI_BACKEND_URL: `file://${join(folder, "backend")}?metadata=skip`,
  PULUMI_CONFIG_PASSPHRASE: "tried",
  PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  PULUMI_SKIP_UPDATE_CHECK: "true",
  PULUMI_DEBUG_COMMANDS: "true",
};

const pulumi = (...args: string[]) =>
  execa("pulumi", args, { cwd: folder, env: variables, reject: false, all: true, stdin: "ignore" });

/** Runs a command of the engine on a program, with the policy pack. */
async function run(program: string, command: string, ...options: string[]) {
  writeFileSync(join(folder, "index.js"), PREAMBLE + program);
  const log = join(folder, "events.json");
  rmSync(log, { force: true });
  const args = [command, "--stack", "prd", "--event-log", log, ...POLICY_PACK, ...options];
  const { exitCode, all } = await pulumi(...args);
  const { violations } = policyResults(readEventLog(log));
  return { exitCode, output: all, violations };
}

/** Names of the resources that the state has. */
async function made(): Promise<string[]> {
  const { stdout } = await pulumi("stack", "export", "--stack", "prd");
  const { deployment } = JSON.parse(stdout) as { deployment: { resources?: { urn: string }[] } };
  const names = (deployment.resources ?? []).map(({ urn }) => urn.split("::")[3]);
  return names.filter((name) => name !== "tried-prd" && !name.startsWith("default"));
}

beforeAll(async () => {
  mkdirSync(join(folder, "backend"));
  writeFileSync(join(folder, "Pulumi.yaml"), PROJECT);
  writeFileSync(join(folder, "package.json"), "{}");
  symlinkSync(join(checkout, "node_modules"), join(folder, "node_modules"));
  const { exitCode, all } = await pulumi("stack", "init", "prd");
  expect([exitCode, all]).toEqual([0, expect.anything()]);
});
afterAll(() => rmSync(folder, { recursive: true }));

const plain = {
  policy: "no-plain-secrets",
  level: "mandatory",
  urn: "urn:pulumi:prd::tried::random:index/randomPassword:RandomPassword::plain",
  message: expect.stringMatching(/^The input keepers\.password is in the clear/) as string,
};

test("secrets that the program marks as such pass, known or not", async () => {
  const { exitCode, violations, output } = await run(SECRET_KEPT, "preview");
  expect([violations, exitCode, output]).toEqual([[], 0, expect.anything()]);
  expect(output).toMatch(/sitewright@v/);
});

test("a secret in the clear fails a preview, which does not show it", async () => {
  const { exitCode, violations, output } = await run(SECRET_KEPT + PLAIN, "preview");
  expect(violations).toEqual([plain]);
  expect(exitCode).not.toBe(0);
  expect(output).not.toContain("s3cret");
});

test("a violation stops an update before anything is made", async () => {
  const { exitCode, violations } = await run(SECRET_KEPT + PLAIN, "up", "--yes");
  expect(violations).toEqual([plain]);
  expect(exitCode).not.toBe(0);
  expect(await made()).toEqual([]);
});

test("an update without a preview does not make what violates a policy", async () => {
  const { exitCode, violations } = await run(PLAIN, "up", "--yes", "--skip-preview");
  expect(violations).toEqual([plain]);
  expect(exitCode).not.toBe(0);
  expect(await made()).toEqual([]);
});

test("resources are judged by each other at the end of a preview", async () => {
  const { exitCode, violations } = await run(CLAIM, "preview");
  expect(violations).toEqual([
    {
      policy: "data-kept",
      level: "mandatory",
      urn: "urn:pulumi:prd::tried::kubernetes:core/v1:PersistentVolumeClaim::claim",
      message: expect.stringMatching(
        /^With PersistentVolumeClaim data its data would go/,
      ) as string,
    },
  ]);
  expect(exitCode).not.toBe(0);
});
