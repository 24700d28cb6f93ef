import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";

import { readEnvironmentFile } from "../../environment";
import { checkout } from "../../../lib/paths";
import { processesNaming } from "../../processes";

/**
 * `make preview` as a developer or a pull request has it: no state, no passphrase, no way to the site. The process is in a
 * network of its own, which has only the loopback interface: no other address answers.
 */
export function offlinePreview(environment: "dev" | "prd"): void {
  const state = mkdtempSync(join(tmpdir(), "sitewright-offline-"));
  afterAll(() => rmSync(state, { recursive: true }));

  /** Runs `make preview`'s command; what it printed. */
  async function preview() {
    const args = ["preview", "--environment", environment];
    const operate = [process.execPath, join(checkout, "dist", "operations", "cli.js"), ...args];
    const isolated = [
      "--map-root-user",
      "--net",
      "--",
      "sh",
      "-c",
      'ip link set lo up && exec "$@"',
    ];
    return execa("unshare", [...isolated, "sh", ...operate], {
      all: true,
      reject: false,
      stdin: "ignore",
      extendEnv: false,
      env: {
        PATH: process.env.PATH,
        HOME: state,
        XDG_STATE_HOME: state,
        // What an operator's shell may say, and an offline preview must not listen to.
        VSPHERE_SERVER: "vcenter.example.net",
        VSPHERE_PASSWORD: "the operator's own",
        KUBECONFIG: "/nowhere",
        HTTPS_PROXY: "http://127.0.0.1:1",
        PULUMI_CONFIG_PASSPHRASE: "another",
      },
    });
  }

  const files = () =>
    readdirSync(checkout)
      .filter((name) => name.startsWith("Pulumi."))
      .map((name) => [name, readFileSync(join(checkout, name), "utf8")]);

  const { nodes, apps } = readEnvironmentFile(environment, { directory: checkout });
  let output: string;

  beforeAll(async () => {
    const before = files();
    const finished = await preview();
    output = finished.all ?? "";
    expect(output).not.toMatch(/^error:/m);
    expect(finished.exitCode).toBe(0);
    expect(files()).toEqual(before);
  });

  test("says in its first line that it is one", () => {
    expect(output.split("\n")[0]).toContain(
      `no stack ${environment}: an offline preview of a first up, on a simulated vCenter`,
    );
  });

  test("shows all of the three stacks as new", () => {
    expect(output.match(/^Resources:\n +\+ [0-9]+ to create$/gm)).toHaveLength(3);
    const expected = [
      ...nodes.flatMap(({ name }) => [`::${name}-vm]`, `::prepare-${name}]`]),
      apps.confluence.publicHost.name,
      apps.whoami.host,
    ];
    for (const one of expected) {
      expect(output).toContain(one);
    }
  });

  test("asks the simulator, and no other vCenter", () => {
    const servers = [...output.matchAll(/vsphereServer *: "([^"]*)"/g)].map(([, server]) => server);
    expect(servers).toEqual([expect.stringMatching(/^127\.0\.0\.1:[0-9]+$/)]);
    expect(output).not.toContain("the operator's own");
  });

  test("leaves no file and no process", () => {
    expect(
      readdirSync(state, { recursive: true, withFileTypes: true }).filter((one) => one.isFile()),
    ).toEqual([]);
    expect(processesNaming(state)).toEqual([]);
  });
}
