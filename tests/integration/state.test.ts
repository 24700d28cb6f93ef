import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
} from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

import { execa } from "execa";

import { machineMark } from "../../vcenter/machineMark";
import { upWithAttempts } from "../../operations/recovery/attempts";
import { forgetRemovedState, mendBackendFiles } from "../../operations/engine/backendFiles";
import { saveStates } from "../../operations/recovery/saveStates";
import { readDriftNote } from "../../operations/drift/note";
import { Engine } from "../../operations/engine/engine";
import { refuseWhileLocked, releaseStaleLock } from "../../operations/recovery/stateLocks";
import { plannedChanges } from "../../operations/drift/plannedChanges";
import { putStatesBack } from "../../operations/commands/restoreState";
import { selectProjects } from "../../operations/engine/stacks";
import { readStateBackup } from "../../operations/engine/stateBackups";
import { EXCLUDED, password, type RawConfig, Site } from "./support/vcenter";

/**
 * Changes behind the program's back, and a state that is locked, cut off or gone: what is said, and that nothing is made twice.
 * Real engine and plugins, simulated vCenter; the state is in files, as in the lab and at a site without a backend of its own.
 */
jest.setTimeout(600_000);

const [infra] = selectProjects("infra");
const site = new Site(18_971);
let engine: Engine;
let stateFile: string;
/** Written by the first test that needs it. */
let backup: string;

/** One worker more, so that there is something to be cut off. */
const withOneMore = (config: RawConfig) => {
  const nodes = config["site:nodes"] as unknown as Record<string, unknown>[];
  nodes.push({ ...nodes[1], name: "devk8swok509", address: "172.30.10.69" });
};

const options = () => [...EXCLUDED, "--config-file", site.path("Pulumi.dev.yaml")];
const changes = () => plannedChanges(engine, infra, options());
const up = () =>
  upWithAttempts(engine, infra, site.vcenter(), [
    "--yes",
    "--skip-preview",
    ...EXCLUDED,
    ...site.select(),
  ]);

/** Names and UUIDs of all machines. */
const machines = async () => (await site.machines()).map(({ name, uuid }) => `${name} ${uuid}`);

/** Ends a process at once. One whose parent went before may have ended by itself. */
function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") {
      throw error;
    }
  }
}

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

beforeAll(async () => {
  await site.start();
  const { exitCode, output } = await site.upMachines();
  expect([exitCode, output]).toEqual([0, expect.anything()]);
  engine = new Engine("dev", { ...process.env, ...site.variables(true) });
  stateFile = site.path(".pulumi/stacks/infra/dev.json");
});
afterAll(() => site.stop());

beforeEach(() => jest.spyOn(console, "log").mockImplementation());
afterEach(() => jest.restoreAllMocks());

test("a machine that was changed by hand is told, nothing is changed by looking, and up repairs it alone", async () => {
  const before = await machines();
  await site.setMemory("/coolcorp/vm/kubernetes/devk8swok501", 3072);
  const state = readFileSync(stateFile, "utf8");
  expect(await changes()).toEqual([
    expect.objectContaining({
      operation: "update",
      kind: "VirtualMachine",
      name: "devk8swok501-vm",
      properties: ["memory (is 3072)"],
    }),
  ]);
  expect(readFileSync(stateFile, "utf8")).toBe(state);
  const memory = async () => new Set((await site.machines()).map(({ memoryMiB }) => memoryMiB));
  expect(await memory()).toContain(3072);

  const { exitCode, output } = await site.pulumi("infra", [
    ...["up", "--refresh", "--yes", "--skip-preview", ...EXCLUDED, ...site.select()],
  ]);
  expect(exitCode).toBe(0);
  expect(output).toMatch(/~ 1 updated\n +[0-9]+ unchanged\n/);
  expect(await memory()).not.toContain(3072);
  expect(await machines()).toEqual(before);
  expect(await changes()).toEqual([]);
});

test("states are saved in a file of their owner's, whose secrets are encrypted", async () => {
  backup = await saveStates(engine, [infra]);
  expect(statSync(backup).mode & 0o777).toBe(0o600);
  const text = readFileSync(backup, "utf8");
  expect(text).not.toContain(password);
  expect(text).not.toContain("PRIVATE KEY");
  expect(Object.keys(readStateBackup(backup).stacks)).toEqual(["infra"]);
});

test("a second up is refused with the holder of the lock, and a killed one leaves a lock that is released", async () => {
  await site.configure("infra", withOneMore);
  await site.trouble({ cloneSeconds: 120 });
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

  await site.trouble({});
  mendBackendFiles(engine, infra);
  await releaseStaleLock(engine, infra);
  await up();
  const found = await site.machines();
  expect(found.filter(({ name }) => name === "devk8swok509")).toHaveLength(1);
  expect(found).toHaveLength(7);
  expect(await changes()).toEqual([]);
  // By this the next one would know it, had this update been cut off.
  const state = await site.state();
  const hostKey = state.find(({ urn }) => urn.endsWith("::devk8swok509-host-key"));
  const paths = ["devk8swok509", "nobody"].map((name) => `/coolcorp/vm/kubernetes/${name}`);
  expect(await site.vcenter().machines(paths)).toMatchObject([
    {
      ...{ path: paths[0], found: true, complete: true },
      mark: machineMark(String(hostKey?.outputs?.publicKeyOpenssh)),
      clone: { byUs: true },
    },
    { path: paths[1], found: false },
  ]);
  backup = await saveStates(engine, [infra]);
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
  const cut = (path: string) => truncateSync(path, Math.floor(statSync(path).size / 2));

  test("that was cut off: the one before takes its place", async () => {
    cut(stateFile);
    await expect(changes()).rejects.toThrow("What stack infra has made could not be read anew.");
    mendBackendFiles(engine, infra);
    expect(existsSync(`${stateFile}.broken`)).toBe(true);
    await up();
  });

  test("that was cut off together with the one before: a saved one takes its place", async () => {
    cut(stateFile);
    cut(`${stateFile}.bak`);
    expect(() => mendBackendFiles(engine, infra)).toThrow(
      /is broken, and so is its backup\.[^]*make restore-state ENV=dev STACK=infra/,
    );
    await putStatesBack(engine, readStateBackup(backup), [infra]);
    expect(readDriftNote("dev", "infra")).toEqual({ steps: [] });
  });

  test("that was moved away is no beginning: a saved one takes its place", async () => {
    const resources = (await site.state()).length;
    // Whatever the engine keeps beside it, there is something to be missed.
    await site.update();
    renameSync(stateFile, site.path("moved.json"));
    expect(() => mendBackendFiles(engine, infra)).toThrow(
      `The state of stack infra is gone; before, it had ${resources} resources. Nothing was changed.`,
    );
    await putStatesBack(engine, readStateBackup(backup), [infra]);
    rmSync(site.path("moved.json"));
  });
});

test("a stack that was removed on purpose is not missed once that is said", async () => {
  const { exitCode } = await site.pulumi("infra", [
    ...["stack", "rm", "--force", "--yes", "--preserve-config", "--stack", "dev"],
  ]);
  expect(exitCode).toBe(0);
  expect(() => mendBackendFiles(engine, infra)).toThrow(
    "only where the stack was removed on purpose",
  );
  forgetRemovedState(engine, infra);
  expect(() => mendBackendFiles(engine, infra)).not.toThrow();
});
