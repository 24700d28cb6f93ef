import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { formerProjectName, projectName } from "../../../../lib/projectNames";
import type { lab } from "../../../../operations/lab/labCommand";
import { dropLostSite, isGoing } from "../../../../operations/lab/lostLab";
import type { StateEngine } from "../../../../operations/recovery/saveStates";
import { useStateFolder } from "../stateFolder";

useStateFolder();
beforeEach(() => jest.spyOn(console, "log").mockImplementation());
afterEach(() => jest.restoreAllMocks());

const projects = ["infra", "cluster"].map((name) => ({ name, directory: `/checkout/${name}` }));
const backend = () => process.env["XDG_STATE_HOME"] ?? "";

/** A site with two states; commands are noted, and what is named in `failing` fails as a kill there would end it. */
function site(failing: string[] = []) {
  const done: string[] = [];
  const states = new Set(projects.map(({ name }) => name));
  const act = (what: string): Promise<void> => {
    if (failing.includes(what)) {
      return Promise.reject(new Error(what));
    }
    done.push(what);
    return Promise.resolve();
  };
  const engine: StateEngine = {
    environment: "dev",
    backendUrl: `file://${backend()}`,
    capture: () => Promise.reject(new Error("nothing to read")),
    run: async ({ name }, args) => {
      await act(`${args.slice(0, 2).join(" ")} ${name}`);
      states.delete(name);
    },
    stackExists: ({ name }) => Promise.resolve(states.has(name)),
    ensureStack: () => Promise.reject(new Error("nothing to make")),
  };
  const runLab: typeof lab = (command) => act(`lab ${command}`);
  return { done, failing, drop: () => dropLostSite(engine, runLab, projects) };
}

const ALL = ["lab removable", "lab down", "stack rm cluster", "stack rm infra"];

test("the lab goes first, then the states, the machines' last", async () => {
  const { done, drop } = site();
  await drop();
  expect(done).toEqual(ALL);
  expect(isGoing("dev")).toBe(false);
});

test("where the lab cannot go, as without docker, no state goes and nothing is begun", async () => {
  const { done, drop } = site(["lab removable"]);
  await expect(drop()).rejects.toThrow("lab removable");
  expect(done).toEqual([]);
  expect(isGoing("dev")).toBe(false);
});

test.each(ALL.slice(1))("what ends at %s is ended by whoever comes next", async (step) => {
  const { done, failing, drop } = site([step]);
  await expect(drop()).rejects.toThrow(step);
  expect(isGoing("dev")).toBe(true);
  expect(isGoing("prd")).toBe(false);
  failing.length = 0;
  await drop();
  expect([...new Set(done)].sort()).toEqual([...ALL].sort());
  expect(isGoing("dev")).toBe(false);
});

test("a state that is broken, or gone but for its backup, keeps nothing from going", async () => {
  const stacks = join(backend(), ".pulumi/stacks");
  // Also of the name from before the state was moved: it would be missed by the next update.
  const folders = projects.flatMap(({ name }) => [projectName(name), formerProjectName(name)]);
  for (const folder of folders) {
    mkdirSync(join(stacks, folder), { recursive: true });
    const state = { checkpoint: { latest: { resources: [{}] } } };
    writeFileSync(join(stacks, folder, "dev.json.bak"), JSON.stringify(state));
  }
  writeFileSync(join(stacks, "sitewright-infra/dev.json"), "{");
  await site().drop();
  expect(readdirSync(join(stacks, "sitewright-cluster"))).toEqual([]);
  expect(readdirSync(join(stacks, "sitewright-infra"))).toEqual(["dev.json.broken"]);
  expect(readdirSync(join(stacks, "infra"))).toEqual([]);
});

test("while a stack is being changed nothing goes", async () => {
  const locks = join(backend(), ".pulumi/locks/organization/sitewright-cluster/dev");
  mkdirSync(locks, { recursive: true });
  const lock = { pid: 7, username: "root", hostname: "elsewhere", timestamp: "" };
  writeFileSync(join(locks, "1.json"), JSON.stringify(lock));
  const { done, drop } = site();
  await expect(drop()).rejects.toThrow("Stack cluster is being changed by another pulumi");
  expect(done).toEqual([]);
  expect(existsSync(join(locks, "1.json"))).toBe(true);
});
