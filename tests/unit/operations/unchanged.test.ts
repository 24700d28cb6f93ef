import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { LOST_VARIABLE } from "../../../kubernetes/lostMachines";
import type { Engine } from "../../../operations/engine/engine";
import {
  forgetUp,
  isUnchanged,
  lookOf,
  noteUp,
  seemsUnchanged,
} from "../../../operations/unchanged";
import type { Update } from "../../../operations/update";
import { useStateFolder } from "./stateFolder";

useStateFolder();

const preview = (resources: string, outputs = ""): string =>
  `Previewing update (dev):\n\n    pulumi:pulumi:Stack sitewright-infra-dev  \n${outputs}Resources:\n${resources}\n`;

describe("a preview", () => {
  test("of a stack that is as it should be", () => {
    expect(lookOf({ ok: true, stdout: preview("    46 unchanged\n") })).toBe("46 unchanged");
  });

  test.each([
    ["fails", { ok: false, stdout: preview("    46 unchanged\n") }],
    ["changes a resource", { ok: true, stdout: preview("    ~ 1 to update\n    45 unchanged\n") }],
    [
      "changes an output",
      { ok: true, stdout: preview("    46 unchanged\n", "Outputs:\n  + x: 1\n\n") },
    ],
    ["says nothing", { ok: true, stdout: "" }],
  ])("that %s means that there is something to do", (_, result) => {
    expect(lookOf(result)).toBeUndefined();
  });
});

describe("a site seems unchanged", () => {
  const engine = { environment: "dev", backendUrl: "file:///a" } as Engine;
  const update = { engine } as Update;

  test("after it was brought up, until it is taken down", () => {
    expect(seemsUnchanged(engine, [update])).toBe(false);
    noteUp(engine);
    expect(seemsUnchanged(engine, [update])).toBe(true);
    forgetUp("dev");
    expect(seemsUnchanged(engine, [update])).toBe(false);
  });

  test("not in another backend, after make drift has found something, or with LOST", () => {
    noteUp(engine);
    expect(seemsUnchanged({ ...engine, backendUrl: "file:///b" } as Engine, [update])).toBe(false);
    expect(seemsUnchanged(engine, [{ ...update, drift: { steps: [] } }])).toBe(false);
    process.env[LOST_VARIABLE] = "a";
    expect(seemsUnchanged(engine, [update])).toBe(false);
    delete process.env[LOST_VARIABLE];
  });
});

describe("all stacks at once", () => {
  const folder = mkdtempSync(join(tmpdir(), "sitewright-unchanged-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  let said: string[];
  beforeEach(() => {
    said = [];
    jest.spyOn(console, "log").mockImplementation((line: string) => said.push(line));
  });
  afterEach(() => jest.restoreAllMocks());

  /** Stacks whose previews print these texts, and the order of what was done. */
  function stacks(...texts: string[]) {
    const done: string[] = [];
    const updates = texts.map((stdout, index) => ({
      project: { name: `stack${index}` },
      engine: {
        environment: "dev",
        backendUrl: "s3://states",
        capture: () => {
          done.push(`preview ${index}`);
          return Promise.resolve({ ok: true, stdout, stderr: "" });
        },
      },
    })) as unknown as Update[];
    const stages = updates.map((_, index) => ({
      prepare: [() => void done.push(`prepare ${index}`)],
      mend: [() => void done.push(`mend ${index}`)],
      isInSite: true,
    }));
    return { done, stages, updates, run: () => isUnchanged(stages, updates) };
  }

  test("are settled, previewed and mended; each is named with its count, and what its program says", async () => {
    const warned = preview("    2 unchanged\n", "Diagnostics:\n  a: warning: old\n\n");
    const { done, run } = stacks(preview("    46 unchanged\n"), warned);
    expect(await run()).toBe(true);
    expect([...done].sort()).toEqual(
      ["prepare 0", "preview 0", "mend 0", "prepare 1", "preview 1", "mend 1"].sort(),
    );
    expect(done.indexOf("preview 1")).toBeGreaterThan(done.indexOf("prepare 1"));
    expect(said).toContain("[1 of 2] stack0: nothing to change, 46 unchanged");
    expect(said).toContain("[2 of 2] stack1: nothing to change, 2 unchanged\n  a: warning: old");
  });

  test.each([
    [1, true],
    [0, false],
  ])("and one with outputs of the others alone, which has %d resources", async (count, answer) => {
    const { done, stages, updates } = stacks(preview("    46 unchanged\n"), "");
    stages[1].isInSite = false;
    const resources = Array.from({ length: count }, () => ({ urn: "urn", type: "t" }));
    updates[1].engine.capture = (_, [command]) => {
      expect(command).toBe("stack");
      return Promise.resolve({
        ok: true,
        stdout: JSON.stringify({ deployment: { resources } }),
        stderr: "",
      });
    };
    expect(await isUnchanged(stages, updates)).toBe(answer);
    expect(done).toEqual(expect.arrayContaining(["prepare 1", "preview 0"]));
  });

  test("with something to do in one of them are not unchanged", async () => {
    const { run } = stacks(preview("    46 unchanged\n"), preview("    + 1 to create\n"));
    expect(await run()).toBe(false);
  });

  test("end with Ctrl-C, and not in an update", async () => {
    const { run } = stacks(preview("    46 unchanged\n"));
    const running = run();
    process.emit("SIGINT");
    await expect(running).rejects.toThrow("Interrupted: nothing was changed.");
  });
});
