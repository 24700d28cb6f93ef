import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { execa } from "execa";

import { checkout } from "../../lib/paths";
import { formerProjectName, projectName } from "../../lib/projectNames";
import { writeDriftNote } from "../../operations/drift/note";
import { formerSite, STACKS } from "../integration/support/formerSite";

/**
 * A site from before projects were called sitewright-…: real engine, its states in files. That such a site's machines and cluster
 * stay as they are: its states differ in their URNs alone. tests/integration/state/formerNames.test.ts is a sample of this.
 */
jest.setTimeout(300_000);

const site = formerSite();
const { root, backend, original, stateFile, pulumi, operate, move, files, states, expectMoved } =
  site;

/** At how many moments a move is killed. */
const PARTS = 4;

const FREE_PID = 2 ** 22 - 1;
/** Puts the lock of a process into the backend, as the engine does. */
function lock(project: string, host: string): void {
  const folder = join(backend, ".pulumi/locks/organization", project, "prd");
  mkdirSync(folder, { recursive: true });
  const content = {
    pid: FREE_PID,
    username: "root",
    hostname: host,
    timestamp: "2026-03-04T05:06:07Z",
  };
  writeFileSync(join(folder, "1.json"), JSON.stringify(content));
}

describe("moving", () => {
  test("takes the history along, and the notes beside the state", async () => {
    const history = (project: string) => join(backend, ".pulumi/history", project, "prd");
    mkdirSync(history("cluster"), { recursive: true });
    writeFileSync(join(history("cluster"), "prd-1796046911508468641.history.json"), "{}");
    const urn = (project: string) => `urn:pulumi:prd::${project}::command:local:Command::step`;
    const home = process.env["XDG_STATE_HOME"];
    process.env["XDG_STATE_HOME"] = join(root, "home");
    writeDriftNote("prd", "cluster", { steps: [urn("cluster")] });
    process.env["XDG_STATE_HOME"] = home;
    await move();
    expectMoved();
    expect(readdirSync(history("sitewright-cluster"))).toHaveLength(1);
    const note = join(root, "home/sitewright/drift/prd-cluster.json");
    expect(JSON.parse(readFileSync(note, "utf8"))).toEqual({ steps: [urn("sitewright-cluster")] });
  });

  test("killed with its engine at any moment, it is completed by the next run", async () => {
    const began = Date.now();
    await move();
    const whole = Date.now() - began;
    let moments = 0;
    for (let part = 1; part <= PARTS; part++) {
      const milliseconds = (whole * part) / PARTS;
      cpSync(original, backend, { recursive: true });
      for (const stack of STACKS) {
        rmSync(stateFile(projectName(stack)), { force: true });
      }
      const running = site.startMove();
      const ended = running.then(
        () => true,
        () => true,
      );
      const hasEnded = await Promise.race([ended, delay(milliseconds, false)]);
      if (!hasEnded && running.pid !== undefined) {
        process.kill(-running.pid, "SIGKILL");
        await ended;
        moments++;
      }
      // Whatever is there, no state is missing.
      const { present, former } = states();
      STACKS.forEach((_, index) => expect(present[index] ?? former[index]).toBeDefined());
      const { exitCode, output } = await move();
      expect([milliseconds, exitCode, output]).toEqual([milliseconds, 0, expect.anything()]);
      expectMoved();
    }
    expect(moments).toBeGreaterThan(PARTS / 2);
  });

  test.each(STACKS)(
    "killed when %s had been written and not yet removed, it removes the former one",
    async (stack) => {
      await move();
      const before = readFileSync(
        join(original, ".pulumi/stacks", formerProjectName(stack), "prd.json"),
      );
      writeFileSync(stateFile(formerProjectName(stack)), before);
      lock(formerProjectName(stack), hostname());
      expect((await move()).exitCode).toBe(0);
      expectMoved();
    },
  );

  test("an empty stack of the present name makes way", async () => {
    await pulumi("cluster", ["stack", "init", "prd"]);
    expect((await move()).exitCode).toBe(0);
    expectMoved();
  });

  test("a stack that another pulumi works on is refused under its former name too, and a dead one's lock is released", async () => {
    lock("cluster", "elsewhere");
    const before = files();
    const { exitCode, output } = await move();
    expect([exitCode, output]).toEqual([
      1,
      expect.stringContaining("Stack cluster is being changed by another pulumi."),
    ]);
    expect(files()).toEqual(before);
    lock("cluster", hostname());
    expect((await move()).exitCode).toBe(0);
    expectMoved();
    expect(readdirSync(join(backend, ".pulumi/locks/organization/cluster/prd"))).toEqual([]);
  });

  test("a state that is cut off is the one before it; one that is gone is refused", async () => {
    const file = stateFile("infra");
    cpSync(file, `${file}.bak`);
    writeFileSync(file, readFileSync(file, "utf8").slice(0, 100));
    expect((await move()).exitCode).toBe(0);
    expectMoved();
    cpSync(original, backend, { recursive: true });
    STACKS.forEach((stack) => rmSync(stateFile(projectName(stack))));
    renameSync(stateFile("apps"), `${stateFile("apps")}.bak`);
    const { exitCode, output } = await move();
    expect(exitCode).toBe(1);
    expect(output).toContain("The state of stack apps is gone; before, it had");
  });
});

describe("what only reads, before they are moved,", () => {
  let before: unknown;
  beforeEach(() => {
    before = files();
  });
  afterEach(() => expect(files()).toEqual(before));

  test("finds the stacks: outputs, and a backup of all states", async () => {
    const kubeconfig = await operate("cli", "kubeconfig", "--environment", "prd");
    expect([kubeconfig.exitCode, kubeconfig.output]).toEqual([0, expect.anything()]);
    const { exitCode, output } = await operate("cli", "backup-state", "--environment", "prd");
    expect([exitCode, output]).toEqual([0, expect.stringMatching(/^infra: 33 resources\n/)]);
  });

  test("saves and previews nothing while another engine works on them", async () => {
    lock("cluster", "elsewhere");
    before = files();
    for (const command of [["backup-state"], ["preview", "--stack", "site"]]) {
      const { exitCode, output } = await operate("cli", ...command, "--environment", "prd");
      expect([exitCode, output]).toEqual([
        1,
        expect.stringContaining("Stack cluster is being changed by another pulumi."),
      ]);
    }
  });

  test("a stack that stands on another one keeps it from being destroyed", async () => {
    const { exitCode, output } = await operate("guard", "apps", "prd");
    expect([exitCode, output]).toEqual([
      1,
      expect.stringContaining("Stack apps still stands on this one (31 resources)"),
    ]);
  });

  test("a state that is broken, and its backup too, is refused", async () => {
    for (const path of [stateFile("infra"), `${stateFile("infra")}.bak`]) {
      writeFileSync(path, "{");
    }
    before = files();
    const preview = ["cli", "preview", "--environment", "prd", "--stack", "site"];
    for (const { exitCode, output } of [await operate(...preview), await move()]) {
      expect([exitCode, output]).toEqual([
        1,
        expect.stringContaining("The state of stack infra is broken, and so is its backup."),
      ]);
    }
  });

  test("previews run the programs on a copy", async () => {
    const preview = ["cli", "preview", "--environment", "prd", "--stack", "site"];
    const { exitCode, output } = await operate(...preview);
    expect([exitCode, output]).toEqual([
      0,
      expect.stringContaining("works on a copy of their states. make up renames them."),
    ]);
    expect(output).toMatch(/Resources:\n +1 unchanged/);
  });
});

test("references to stacks of another name are read again: no resource is changed by that", async () => {
  await move();
  const args = ["preview", "--json", "--stack", "prd"];
  const { stdout } = await pulumi("site", args);
  const { steps } = JSON.parse(stdout) as { steps: { op: string }[] };
  expect(new Set(steps.map(({ op }) => op))).toEqual(new Set(["same", "read"]));
});

test("the commands in docs/state.md do the same with plain pulumi", async () => {
  const text = readFileSync(join(checkout, "docs/state.md"), "utf8");
  const block = text.split("```").find((part) => part.includes("stack rename"))!;
  const commands = block.replace(/^sh$/m, "").replace(/^eval .*$/m, "set -e");
  const { exitCode } = await execa("bash", ["-c", commands], {
    ...{ cwd: root, env: site.variables, extendEnv: false, reject: false, stdin: "ignore" },
  });
  expect(exitCode).toBe(0);
  expectMoved();
});

test("a backup from before is restored under the present names", async () => {
  const saved = await operate("cli", "backup-state", "--environment", "prd");
  const path = saved.output!.split("\n").at(-1)!;
  const restore = ["cli", "restore-state", "--environment", "prd", "--from", path];
  // Of one stack, whose state is broken; those of the others are moved with it.
  for (const file of [stateFile("infra"), `${stateFile("infra")}.bak`]) {
    writeFileSync(file, "{");
  }
  const one = await operate(...restore, "--stack", "infra");
  expect([one.exitCode, one.output]).toEqual([0, expect.stringContaining("infra: 33 resources")]);
  site.expectRestored();
  cpSync(original, backend, { recursive: true });
  STACKS.forEach((stack) => rmSync(stateFile(projectName(stack))));
  await move();
  for (const stack of STACKS) {
    await pulumi(stack, ["stack", "rm", "--yes", "--force", "--preserve-config", "--stack", "prd"]);
  }
  const { exitCode, output } = await operate(...restore);
  expect([exitCode, output]).toEqual([0, expect.stringContaining("cluster: 34 resources")]);
  site.expectRestored();
});
