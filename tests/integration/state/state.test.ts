import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { execa } from "execa";

import { mendBackendFiles } from "../../../operations/engine/backend/backendFiles";
import { readStateBackup } from "../../../operations/engine/stateBackups";
import { moveFormerNames } from "../../../operations/recovery/formerNames";
import { saveStates } from "../../../operations/recovery/saveStates";
import { refuseWhileLocked, releaseStaleLock } from "../../../operations/recovery/stateLocks";
import { machineMark } from "../../../vcenter/machineMark";
import { kill } from "../../processes";
import { Checkout, type Config } from "../support/checkout";
import { cut, stateInFiles } from "../support/stateInFiles";
import { EXCLUDED, password, type RawConfig } from "../support/vcenter";

/**
 * A state that is locked or cut off: what is said, and that nothing is made twice. Real engine and plugins, simulated vCenter. What
 * else may become of a state, and changes behind the program's back: tests/drills/state.test.ts.
 */
jest.setTimeout(600_000);

const { site, infra, engine, stateFile, changes, up, machines } = stateInFiles(18_971);

/** The states before there was one worker more. */
let older: string;

/** One worker more, so that there is something to be cut off. */
const withOneMore = (config: RawConfig) => {
  const nodes = config["site:nodes"] as unknown as Record<string, unknown>[];
  nodes.push({ ...nodes[1], name: "devk8swok509", address: "172.30.10.69" });
};

const manageNoAccess = (config: Config) => {
  config["site:vsphere"].manageAccess = false;
  withOneMore(config);
};

/** All descendants of a process. */
function descendants(pid: number): number[] {
  const parents = readdirSync("/proc")
    .filter((name) => /^[0-9]+$/.test(name))
    .flatMap((name) => {
      try {
        const status = readFileSync(`/proc/${name}/status`, "utf8");
        return [{ pid: Number(name), parent: Number(/^PPid:\s+([0-9]+)/m.exec(status)?.[1]) }];
      } catch {
        return [];
      }
    });
  const below = (of: number): number[] =>
    parents.filter(({ parent }) => parent === of).flatMap((one) => [one.pid, ...below(one.pid)]);
  return below(pid);
}

test("states are saved in a file of their owner's, whose secrets are encrypted", async () => {
  const backup = await saveStates(engine, [infra]);
  older = backup;
  expect(statSync(backup).mode & 0o777).toBe(0o600);
  const text = readFileSync(backup, "utf8");
  expect(text).not.toContain(password);
  expect(text).not.toContain("PRIVATE KEY");
  expect(Object.keys(readStateBackup(backup).stacks)).toEqual(["infra"]);
});

test("a second up is refused with the holder of the lock, and a killed one leaves a lock that is released", async () => {
  await site.configure("infra", withOneMore);
  await site.injectFaults({ cloneSeconds: 120 });
  const first = execa("pulumi", ["up", "--yes", "--skip-preview", ...EXCLUDED, ...site.select()], {
    cwd: infra.directory,
    env: site.variables(true),
    reject: false,
    all: true,
    buffer: false,
    stdin: "ignore",
  });
  const { pid } = first;
  if (pid === undefined) {
    throw new Error("pulumi did not start");
  }
  let output = "";
  first.all.on("data", (chunk: Buffer) => (output += chunk.toString()));
  for (const deadline = Date.now() + 120_000; !output.includes("devk8swok509-vm creating");) {
    expect(Date.now()).toBeLessThan(deadline);
    await delay(200);
  }

  expect(() => refuseWhileLocked(engine, infra)).toThrow(
    new RegExp(
      `^Stack infra is being changed by another pulumi\\.\n  where: process ${pid} of .*\n  next:  wait until it ends`,
    ),
  );
  const second = await site.update();
  expect(second.exitCode).not.toBe(0);
  expect(second.output).toContain("the stack is currently locked by 1 lock(s)");

  const plugins = descendants(pid);
  [pid, ...plugins].forEach(kill);
  await first;
  expect(() => refuseWhileLocked(engine, infra)).not.toThrow();
  expect((await site.update()).output).toContain("the stack is currently locked by 1 lock(s)");

  await site.injectFaults({});
  mendBackendFiles(engine, infra);
  await releaseStaleLock(engine, infra);
  await up();
  const found = await site.machines();
  expect(found.filter(({ name }) => name === "devk8swok509")).toHaveLength(1);
  expect(found).toHaveLength(7);
  expect(await changes()).toEqual([]);
  // The next update would know the machine by this, had this one been cut off.
  const state = await site.state();
  const hostKey = state.find(({ urn }) => urn.endsWith("::devk8swok509-host-key"));
  const paths = ["devk8swok509", "foreign"].map((name) => `/coolcorp/vm/kubernetes/${name}`);
  expect(await site.vcenter().machines(paths)).toMatchObject([
    {
      ...{ path: paths[0], found: true, complete: true },
      mark: machineMark(String(hostKey?.outputs?.publicKeyOpenssh)),
      clone: { byUs: true },
    },
    { path: paths[1], found: false },
  ]);
});

describe("a state", () => {
  let before: string[];
  beforeAll(async () => {
    before = await machines();
  });
  afterEach(async () => {
    expect(await changes()).toEqual([]);
    expect(await machines()).toEqual(before);
  });

  test("under the name from before projects were called sitewright-…: it gets the present one", async () => {
    const names = ["organization/infra/dev", "organization/sitewright-infra/dev"];
    const back = ["stack", "rename", names[0], "--stack", names[1]];
    expect(await engine.capture(infra, back)).toMatchObject({ ok: true });
    expect(existsSync(stateFile)).toBe(false);
    await moveFormerNames(engine);
    expect(existsSync(stateFile)).toBe(true);
  });

  test("that was cut off: the one before takes its place", async () => {
    cut(stateFile);
    await expect(changes()).rejects.toThrow("What stack infra has made could not be refreshed.");
    mendBackendFiles(engine, infra);
    expect(existsSync(`${stateFile}.broken`)).toBe(true);
    await up();
  });
});

describe("make adopt", () => {
  const made = new Checkout(site);
  let before: string[];
  /** What the engine keeps beside a state. */
  let left: string;
  beforeAll(async () => {
    jest.spyOn(console, "log").mockImplementation();
    made.prepare();
    // Encrypts the passwords, for which the engine wants a stack.
    expect((await made.run("env", manageNoAccess)).exitCode).toBe(0);
    before = await machines();
    left = readFileSync(`${stateFile}.bak`, "utf8");
    await saveStates(engine, [infra]);
  });
  afterEach(async () => {
    delete process.env["STATE_BACKUPS"];
    expect(await machines()).toEqual(before);
  });

  /** The state of infra, and what the engine keeps beside it, disappear. */
  async function lose(): Promise<void> {
    const remove = ["stack", "rm", "--force", "--yes", "--preserve-config", "--stack", "dev"];
    expect(await engine.capture(infra, remove)).toMatchObject({ ok: true });
    rmSync(`${stateFile}.bak`, { force: true });
  }
  const adopt = (from?: string) => made.run("adopt", manageNoAccess, { from });
  const row = (name: string, fate: string) => new RegExp(`^${name} +${fate} +\\S`, "m");

  test("without a backup says what is left, and what is lost, and takes nothing", async () => {
    await lose();
    writeFileSync(`${stateFile}.bak`, left);
    const { exitCode, output } = await adopt();
    expect(readFileSync(`${stateFile}.gone`, "utf8")).toBe(left);
    expect(output).toContain(
      `next:  the engine has left the state of infra before the last write: mv ${stateFile}.gone ${stateFile}`,
    );
    expect(exitCode).toBe(1);
    expect(output).toMatch(/The site dev cannot be adopted: there is no backup of its state\./);
    expect(output).toContain("where: machines of its names in the vCenter: ");
    expect(output).toContain("the machines' SSH host keys: no machine can be proved");
  });

  test("with an older backup takes what it has, and leaves what was made since", async () => {
    const { exitCode, output } = await adopt(older);
    expect([exitCode, output]).toEqual([0, expect.stringMatching(row("devk8swok509", "left"))]);
    expect(output).toMatch(row("devk8swok501", "taken"));
    expect(output.match(/ taken +UUID and mark are the saved ones$/gm)).toHaveLength(6);
    const state = await site.state();
    expect(state.filter(({ urn }) => urn.includes("devk8swok509"))).toEqual([]);
  });

  test("does nothing where the state is there", async () => {
    const state = readFileSync(stateFile, "utf8");
    const { exitCode, output } = await adopt();
    expect(exitCode).toBe(1);
    expect(output).toContain("There is no backup of cluster, apps, which have no resources");
    expect(readFileSync(stateFile, "utf8")).toBe(state);
  });

  test("with the newest backup, out of the other folder, takes all machines, and nothing is made again", async () => {
    await lose();
    process.env["STATE_BACKUPS"] = dirname(dirname(older));
    const { exitCode, output } = await adopt();
    expect([exitCode, output]).toEqual([0, expect.stringMatching(row("devk8swok509", "taken"))]);
    expect(output).not.toMatch(/ (left|gone) /);
    expect(await changes()).toEqual([]);
  });
});
