import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { stateDirectory } from "../../../../lib/paths";
import { projectName } from "../../../../lib/projectNames";
import type { Engine } from "../../../../operations/engine/engine";
import { backupFolder, readStateBackup } from "../../../../operations/engine/stateBackups";
import {
  saveChangedStates,
  stateBackupTarget,
} from "../../../../operations/recovery/changedStates";
import { useStateFolder } from "../stateFolder";

useStateFolder();
beforeEach(() => jest.spyOn(console, "log").mockReturnValue());
afterEach(() => jest.restoreAllMocks());

/** Puts a stack of one resource into the backend, as an update at this time leaves it. */
function update(stack: string, modified: string, ciphertext: string): void {
  const path = join(stateDirectory(), "backend/.pulumi/stacks", projectName(stack), "dev.json");
  mkdirSync(dirname(path), { recursive: true });
  const resource = { urn: `urn:${stack}`, id: "1", type: "t", modified, outputs: { ciphertext } };
  const latest = { manifest: { time: ciphertext }, resources: [resource] };
  writeFileSync(path, JSON.stringify({ version: 3, checkpoint: { latest } }));
}

async function save(target?: string): Promise<string[]> {
  // The other stacks do not exist.
  const engine = {
    environment: "dev",
    backendUrl: `file://${join(stateDirectory(), "backend")}`,
    stackExists: () => Promise.resolve(false),
  } as unknown as Engine;
  await saveChangedStates(engine, target);
  return readdirSync(backupFolder("dev")).sort();
}

const tick = () => new Promise((resolve) => setTimeout(resolve, 5));

test("states that an update has changed are saved, others are not", async () => {
  update("infra", "2026-01-01", "a");
  const first = await save();
  expect(first).toHaveLength(1);
  const { stacks } = readStateBackup(join(backupFolder("dev"), first[0]!));
  expect(Object.keys(stacks)).toEqual(["infra"]);
  // An update without changes encrypts again.
  update("infra", "2026-01-01", "b");
  expect(await save()).toEqual(first);
  await tick();
  update("infra", "2026-01-02", "b");
  expect(await save()).toHaveLength(2);
  await tick();
  update("cluster", "2026-01-01", "a");
  expect(await save()).toHaveLength(3);
});

test("each is copied into the other folder, also one that was made without it", async () => {
  update("infra", "2026-01-01", "a");
  const [name] = await save();
  const folder = join(stateDirectory(), "share");
  mkdirSync(folder);
  const target = stateBackupTarget("dev", { STATE_BACKUPS: folder });
  expect(target).toBe(join(folder, "dev"));
  await save(target);
  await save(target);
  expect(readdirSync(target!)).toEqual([name]);
});

test("what is old goes, but not the newest twenty, and nothing in the other folder", async () => {
  update("infra", "2026-01-01", "a");
  const [name] = await save();
  const folder = backupFolder("dev");
  for (let day = 10; day < 32; day++) {
    const path = join(folder, `2025-01-${day}T00-00-00.000Z.json`);
    writeFileSync(path, "");
    utimesSync(path, new Date(0), new Date(0));
  }
  await tick();
  update("infra", "2026-01-02", "a");
  const left = await save();
  expect(left).toHaveLength(20);
  expect(left).toContain(name);
  expect(left[0]).toBe("2025-01-14T00-00-00.000Z.json");
});

test.each([
  ["is not there", (folder: string) => rmSync(folder, { recursive: true })],
  [
    "is a file",
    (folder: string) => {
      rmSync(folder, { recursive: true });
      writeFileSync(folder, "");
    },
  ],
])("a folder that %s is refused before anything is changed", (_what, spoil) => {
  const folder = join(stateDirectory(), "share");
  mkdirSync(folder, { recursive: true });
  spoil(folder);
  expect(() => stateBackupTarget("dev", { STATE_BACKUPS: folder })).toThrow(/Nothing was changed/);
  expect(stateBackupTarget("dev", {})).toBeUndefined();
});

test("a folder that cannot be written in the end says that the site is up, and leaves nothing half there", async () => {
  update("infra", "2026-01-01", "a");
  const target = join(stateDirectory(), "share");
  writeFileSync(target, "");
  await expect(save(join(target, "dev"))).rejects.toThrow(/^The site is up, but/);
  expect(existsSync(join(target, "dev"))).toBe(false);
});
