import { readFileSync, renameSync, rmSync } from "node:fs";

import { putStatesBack } from "../../operations/commands/restoreState";
import { readDriftNote } from "../../operations/drift/note";
import { forgetRemovedState, mendBackendFiles } from "../../operations/engine/backend/backendFiles";
import { readStateBackup } from "../../operations/engine/stateBackups";
import { saveStates } from "../../operations/recovery/saveStates";
import { cut, stateInFiles } from "../integration/support/stateInFiles";
import { EXCLUDED } from "../integration/support/vcenter";

/**
 * Changes behind the program's back, and a state that is lost with what the backend keeps beside it: what is said, and that nothing
 * is made twice. No lab is needed.
 */
jest.setTimeout(600_000);

const { site, infra, engine, stateFile, changes, machines } = stateInFiles(18_943);

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

describe("a state", () => {
  let before: string[];
  let backup: string;
  beforeAll(async () => {
    before = await machines();
    backup = await saveStates(engine, [infra]);
  });
  afterEach(async () => {
    expect(await changes()).toEqual([]);
    expect(await machines()).toEqual(before);
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
