import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";
import { stringify } from "yaml";

import { checkout } from "../../../lib/paths";
import { waitFor } from "../../../lib/poll";
import { formerProjectName, projectName } from "../../../lib/projectNames";
import { BACKEND_MS } from "../../../operations/engine/backend/backendError";
import { kill, processesNaming } from "../../processes";
import { copyCheckout, variablesIn } from "./copiedCheckout";
import { silentServer, type Store } from "./stateStores";

const STACKS = ["infra", "cluster"];

/** A generated secret below a component; `cluster` reads one of `infra`. While there is a file `hold`, it does not end. */
const PROGRAM = `
  const { existsSync } = require("node:fs");
  const { setTimeout } = require("node:timers/promises");
  const pulumi = require("@pulumi/pulumi");
  const { RandomPassword } = require("@pulumi/random");
  const name = pulumi.getProject().replace("sitewright-", "");
  const parent = new pulumi.ComponentResource("sitewright:" + name + ":Tried", name);
  const password = new RandomPassword("password", { length: 20 }, { parent });
  exports.password = password.result;
  if (name === "cluster") {
    const infra = new pulumi.StackReference("organization/sitewright-infra/" + pulumi.getStack());
    exports.ofInfra = infra.requireOutput("password");
  }
  exports.held = (async () => {
    for (; existsSync("hold"); ) {
      await setTimeout(100);
    }
    return true;
  })();`;

/**
 * Tests of states in a store that a team has: the real engine, and small programs in the place of the site's. Where the state is in files:
 * state.test.ts.
 */
export function statesIn(store: Store) {
  const root = mkdtempSync(join(tmpdir(), "sitewright-backends-"));
  const hold = join(root, "infra", "hold");
  const passphrase = "a passphrase of this test";
  let printed = "";
  let silent: { address: string; server: Server };

  /** Runs a program as an operator does; how it ended, all it has printed, and in how many milliseconds. */
  async function run(command: string[], more: Record<string, string> = {}, input?: string) {
    const [program, ...args] = command;
    const begun = Date.now();
    const { exitCode, all, stdout } = await execa(program, args, {
      cwd: join(root, "infra"),
      extendEnv: false,
      env: variables(more),
      reject: false,
      all: true,
      timeout: 180_000,
      ...(input === undefined ? { stdin: "ignore" } : { input }),
    });
    printed += all;
    return { exitCode, output: all, stdout, took: Date.now() - begun };
  }

  const variables = (more: Record<string, string> = {}) => ({
    ...variablesIn(root),
    PULUMI_HOME: join(root, ".toolchain", "pulumi-home"),
    PULUMI_BACKEND_URL: store.url(),
    PULUMI_CONFIG_PASSPHRASE: passphrase,
    YES: "1",
    ...store.credentials,
    ...more,
  });

  const pulumi = (stack: string, ...args: string[]) =>
    run(["pulumi", ...args, "--cwd", join(root, stack)]);

  const operate = (command: string, options: string[] = [], more: Record<string, string> = {}) =>
    run(
      [
        process.execPath,
        join(root, "dist/operations/cli.js"),
        command,
        "--environment",
        "prd",
        ...options,
      ],
      more,
    );

  /** What `make up` or `make down` do with each stack, but for what asks a vCenter. */
  const script = (each: string) => `
    const from = (path) => require("${root}/dist/" + path);
    const { Engine } = from("operations/engine/engine");
    const { moveFormerNames } = from("operations/recovery/formerNames");
    const { selectProjects } = from("operations/engine/stacks");
    from("lib/exit").exitWith((async () => {
      const engine = new Engine("prd");
      await moveFormerNames(engine);
      for (const [project] of ${JSON.stringify(STACKS)}.map(selectProjects)) {
        ${each}
      }
    })());`;
  const UP = script(`
    await from("operations/update").open({ engine, project });
    await engine.run(project, ["up", "--stack", "prd", "--yes", "--skip-preview", ...process.argv.slice(1)]);`);
  const DOWN = script(`
    if (await from("operations/destroy").isThere({ engine, project })) {
      await engine.run(project, ["destroy", "--stack", "prd", "--yes", "--skip-preview"]);
    }`);
  const up = (...options: string[]) => run([process.execPath, "-e", UP, "--", ...options]);

  /** As an operator starts it, without waiting for its end. */
  function start() {
    return execa(process.execPath, ["-e", UP], {
      cwd: join(root, "infra"),
      extendEnv: false,
      env: variables(),
      reject: false,
      all: true,
      stdin: "ignore",
    });
  }

  const secrets = async () =>
    Promise.all(
      STACKS.map(async (stack) => {
        const output = ["stack", "output", "password", "--show-secrets", "--stack", "prd"];
        return (await pulumi(stack, ...output)).stdout;
      }),
    );

  const unchanged = (output: string) => output.match(/^ +[0-9]+ unchanged$/gm)?.length;

  beforeAll(async () => {
    silent = await silentServer();
    await store.start();
    copyCheckout(root);
    cpSync(join(checkout, "policies"), join(root, "policies"), { recursive: true });
    for (const stack of [...STACKS, "apps"]) {
      mkdirSync(join(root, stack));
      const project = {
        name: projectName(stack),
        runtime: "nodejs",
        stackConfigDir: "..",
        main: "index.js",
      };
      writeFileSync(join(root, stack, "Pulumi.yaml"), stringify(project));
      writeFileSync(join(root, stack, "index.js"), PROGRAM);
    }
    for (const key of [
      "vsphere:password",
      "cluster:cloudProviderPassword",
      "cluster:csiPassword",
    ]) {
      await pulumi("infra", "stack", "select", "--create", "--stack", "prd");
      const set = ["pulumi", "config", "set", "--secret", key, "--stack", "prd"];
      expect((await run(set, {}, "of a vCenter")).exitCode).toBe(0);
    }
  });
  afterAll(async () => {
    silent.server.close();
    await store.stop();
    // Plugins live on for up to five minutes when their engine was killed.
    processesNaming(root).forEach(({ pid }) => kill(pid));
    rmSync(root, { recursive: true, force: true });
  });

  test("make up makes the stacks, and a second one changes nothing", async () => {
    const first = await up();
    expect([first.exitCode, first.output]).toEqual([0, expect.stringContaining("created")]);
    const second = await up("--expect-no-changes");
    expect([second.exitCode, second.output]).toEqual([0, expect.anything()]);
    expect(unchanged(second.output)).toBe(2);
    const [, cluster] = await secrets();
    expect(cluster).toMatch(/^.{20}$/);
  });

  test("make preview reads them, with the policies", async () => {
    const { exitCode, output } = await operate("preview", ["--stack", "cluster"]);
    expect([exitCode, output]).toEqual([0, expect.stringContaining("Policy Packs run:")]);
    expect(unchanged(output)).toBe(1);
  });

  test("what another process works on is refused with its name, and so is what a killed one has left", async () => {
    writeFileSync(hold, "");
    const first = start();
    const lines: string[] = [];
    first.all.on("data", (chunk: Buffer) => lines.push(chunk.toString()));
    expect(
      await waitFor(() => lines.join("").includes("Updating (prd)"), { deadline: 60_000 }),
    ).toBe(true);
    const second = await up();
    expect(second.exitCode).toBe(1);
    expect(second.output).toMatch(
      /error: Stack infra is being changed by another pulumi\.\n {2}where: process [0-9]+ of \S+ on \S+, since 20.*\n {2}next: {2}wait until it ends/,
    );
    const pid = Number(/process ([0-9]+) of/.exec(second.output)?.[1]);
    process.kill(pid, "SIGKILL");
    rmSync(hold);
    expect((await first).exitCode).toBe(1);
    const third = await up();
    expect([third.exitCode, third.output]).toEqual([
      1,
      expect.stringMatching(
        /that process was killed: [\s\S]*next: {2}cd \S+infra && pulumi cancel --stack prd/,
      ),
    ]);
    expect((await pulumi("infra", "cancel", "--yes", "--stack", "prd")).exitCode).toBe(0);
    expect((await up("--expect-no-changes")).exitCode).toBe(0);
  });

  test("stacks with their former names get the present ones, and keep what they have", async () => {
    const before = await secrets();
    for (const stack of STACKS) {
      const names = [formerProjectName(stack), projectName(stack)].map(
        (name) => `organization/${name}/prd`,
      );
      const back = await pulumi(stack, "stack", "rename", names[0]!, "--stack", names[1]!);
      expect([back.exitCode, back.output]).toEqual([0, expect.anything()]);
    }
    // This machine has noted that there are none.
    rmSync(join(root, "home/sitewright/present-names"), { recursive: true });
    const { exitCode, output } = await up("--expect-no-changes");
    expect([exitCode, output]).toEqual([
      0,
      expect.stringContaining("Nothing of the site changes."),
    ]);
    expect(await secrets()).toEqual(before);
  });

  test("a saved state is put back, with its secrets", async () => {
    const before = await secrets();
    const { exitCode, stdout } = await operate("backup-state");
    const file = stdout.split("\n").at(-1)!;
    expect([exitCode, existsSync(file)]).toEqual([0, true]);
    for (const stack of STACKS) {
      const remove = ["stack", "rm", "--force", "--yes", "--preserve-config", "--stack", "prd"];
      expect((await pulumi(stack, ...remove)).exitCode).toBe(0);
    }
    const restored = await operate("restore-state", ["--from", file]);
    expect([restored.exitCode, restored.output]).toEqual([
      0,
      expect.stringMatching(/infra: [0-9]+ resources/),
    ]);
    expect(await secrets()).toEqual(before);
    const next = await up("--expect-no-changes");
    expect([next.exitCode, next.output]).toEqual([0, expect.anything()]);
  });

  describe("says what is wrong, and what to do,", () => {
    test.each([
      [
        "with wrong credentials",
        () => [store.url(), store.wrong],
        /set the credentials in this shell/,
      ],
      [
        "without the bucket or database",
        () => [store.url({ bucket: "nothing" }), {}],
        /have the bucket or database made/,
      ],
      ["where nothing listens", () => [store.url({ address: "127.0.0.1:9" }), {}], /host and port/],
      [
        "where nothing answers",
        () => [store.url({ address: silent.address }), {}],
        /host and port/,
      ],
    ] as [string, () => [string, Record<string, string>], RegExp][])(
      "%s",
      async (_case, place, next) => {
        const [PULUMI_BACKEND_URL, wrong] = place();
        const { exitCode, output, took } = await operate("backup-state", [], {
          PULUMI_BACKEND_URL,
          ...wrong,
          AWS_EC2_METADATA_DISABLED: "true",
        });
        expect(exitCode).toBe(1);
        expect(output).toMatch(
          /^error: The state backend does not answer, or refuses\. Nothing was changed\.$/m,
        );
        expect(output).toContain(`where: ${PULUMI_BACKEND_URL}`);
        expect(output).toMatch(/^ {2}why: {3}\S/m);
        expect(output).toMatch(next);
        expect(took).toBeLessThan(BACKEND_MS + 20_000);
      },
    );
  });

  test("make down takes the resources, and a second one finds nothing", async () => {
    const { exitCode, output } = await run([process.execPath, "-e", DOWN]);
    expect([exitCode, output]).toEqual([0, expect.stringContaining("deleted")]);
    const state = await pulumi("infra", "stack", "export", "--stack", "prd");
    expect(JSON.parse(state.stdout)).not.toHaveProperty("deployment.resources");
  });

  test("no credential was printed, or written beside the state", () => {
    const written = readdirSync(join(root, "home"), { recursive: true, encoding: "utf8" })
      .map((name) => join(root, "home", name))
      .filter((path) => statSync(path).isFile())
      .map((path) => readFileSync(path, "utf8"));
    expect(written.length).toBeGreaterThan(0);
    const secret = Object.values({ ...store.credentials, passphrase }).filter(
      (value) => value !== "sitewright",
    );
    expect(
      [printed, ...written].filter((text) => secret.some((one) => text.includes(one))),
    ).toEqual([]);
  });

  return {
    upIn: (backend: string) => run([process.execPath, "-e", UP], { PULUMI_BACKEND_URL: backend }),
  };
}
