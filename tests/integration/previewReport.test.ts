import { readFileSync, writeFileSync } from "node:fs";

import { parseEventLog } from "../../operations/engine/eventLog";
import { Checkout, type Config } from "./support/checkout";
import { keepRecording } from "./support/recordedPreview";
import { EXCLUDED, Site } from "./support/vcenter";

/**
 * The report of a pull request, made of what the real engine and plugins say of a change. That of the stack cluster is in
 * tests/drills/previewReport.test.ts.
 */
jest.setTimeout(600_000);

const password = "canary-of-the-account-91c2";

describe("machines that are there", () => {
  const site = new Site(18_963, [{ user: "provisioner@vsphere.local" }]);
  const made = new Checkout(site);
  const report = () => readFileSync(site.path("checkout/preview-report/comment.md"), "utf8");

  const nodesOf = (config: Config) =>
    config["site:nodes"] as { name: string; address: string; memoryMiB: number }[];
  const before = (config: Config) => {
    config["site:vsphere"].manageAccess = false;
    const nodes = nodesOf(config);
    nodes.push({ ...nodes[3], name: "devk8swok504", address: "172.30.10.64" });
  };
  /** One machine is gone, one has another address, and one more memory. */
  const change = (config: Config) => {
    config["site:vsphere"].manageAccess = false;
    const nodes = nodesOf(config);
    nodes[2].address = "172.30.10.72";
    nodes[1].memoryMiB = 3072;
  };
  let output: string;
  let privateKeys: string[];

  beforeAll(async () => {
    await site.start();
    made.prepare();
    // Writes the configuration, and makes the stack.
    await made.run("env", before, { passwords: { "cluster:csiPassword": password } });
    const up = await made.pulumi("up", "--yes", "--skip-preview", ...EXCLUDED);
    expect(up.output).toMatch(/Resources:\n +\+ [0-9]+ created/);
    const finished = await made.run("preview-report", change, {
      passwords: { "cluster:csiPassword": password },
    });
    output = finished.output;
    expect(`${finished.exitCode} ${output}`).toMatch(/^0 /);
    const state = await made.pulumi("stack", "export", "--show-secrets");
    privateKeys = [...state.output.matchAll(/\b[A-Za-z0-9+/]{60,}={0,2}/g)].map(([line]) => line);
    if (process.env["UPDATE_RECORDINGS"] === "1") {
      const eventLog = site.path("events.jsonl");
      await made.pulumi("preview", "--event-log", eventLog);
      const events = parseEventLog(readFileSync(eventLog, "utf8"));
      keepRecording("infra", events, /^(devk8swok50[124]|load-balancer-haproxy|folder|tag)/);
    }
  });
  afterAll(() => site.stop());

  test("what is replaced and deleted comes first, with its reason", () => {
    const text = report();
    const loud = text.indexOf("> [!CAUTION]");
    expect(text.slice(0, loud)).not.toContain("|");
    expect(text).toMatch(/\*\*replaced\*\* \| `devk8swok502-vm` \|.*its replacement trigger/);
    expect(text).toMatch(/\*\*deleted\*\* \| `devk8swok504-vm` \| `VirtualMachine`/);
    expect(text).toMatch(
      /changed \| `devk8swok501-vm` \| `VirtualMachine` \|.*`memory: 2048 → 3072`/,
    );
  });

  test("haproxy.cfg is in it, and the state was asked", () => {
    expect(report()).toContain("<summary>haproxy.cfg of load-balancer-haproxy");
    expect(report()).toContain("against the state of the site");
  });

  test("no secret is in it, nor in what was printed", () => {
    expect(privateKeys.length).toBeGreaterThan(5);
    for (const secret of [password, "integration", ...privateKeys]) {
      expect(report()).not.toContain(secret);
    }
    expect(output).not.toContain(password);
  });

  test("a configuration with faults is what the report says", async () => {
    const { exitCode } = await made.run("preview-report", (config) => {
      config["site:kubernetes"].podSubnett = "10.0.0.0/8";
    });
    expect(exitCode).toBe(1);
    expect(report()).toContain("podSubnett");
    expect(report()).toContain("The preview of `dev infra` failed");
  });

  test("make preview refuses plugins that are older than those that have written the state", async () => {
    const { output: state } = await made.pulumi("stack", "export");
    const newer = state.replaceAll('"version": "4.17.0"', '"version": "99.0.0"');
    writeFileSync(site.path("newer.json"), newer);
    const written = await made.pulumi("stack", "import", "--file", site.path("newer.json"));
    expect(`${written.exitCode} ${written.output}`).toMatch(/^0 /);
    const finished = await made.run("preview", before);
    expect(finished.exitCode).toBe(1);
    expect(finished.output).toContain(
      "plugin vsphere: the state was written with 99.0.0, this checkout asks for 4.17.0",
    );
    expect(finished.output).not.toContain("Previewing update");
  });
});
