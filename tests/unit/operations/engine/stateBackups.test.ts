import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { putStatesBack, restoreState } from "../../../../operations/commands/restoreState";
import {
  forgetRemovedState,
  keepGoneState,
  mendBackendFiles,
} from "../../../../operations/engine/backend/backendFiles";
import {
  backupPath,
  configurationPath,
  listStateBackups,
  readStateBackup,
  type StateBackup,
  writeStateBackup,
} from "../../../../operations/engine/stateBackups";
import type { StateEngine } from "../../../../operations/recovery/saveStates";
import { useStateFolder } from "../stateFolder";

useStateFolder();

const backup = (changed: Partial<StateBackup> = {}): StateBackup => ({
  format: 1,
  environment: "dev",
  created: "2026-01-02T03:04:05.006Z",
  configuration: readFileSync(configurationPath("dev"), "utf8"),
  stacks: { infra: { version: 3, deployment: { resources: [] } } },
  ...changed,
});

test("a backup reads as it was written, is its owner's, and is found by its name", () => {
  const path = writeStateBackup(backup());
  expect(readStateBackup(path)).toEqual(backup());
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(listStateBackups("dev")).toEqual(["2026-01-02T03-04-05.006Z.json"]);
  expect(backupPath("dev", "2026-01-02T03-04-05.006Z.json")).toBe(path);
  expect(backupPath("dev", "/elsewhere/a.json")).toBe("/elsewhere/a.json");
});

test("a state with what the engine calls features, between version and deployment, is whole", () => {
  const infra = { version: 4, features: ["replaceWith"], deployment: { resources: [] } };
  const path = writeStateBackup(backup({ stacks: { infra } }));
  expect(readStateBackup(path).stacks["infra"]).toEqual(infra);
});

test.each([
  ["cut off", (text: string) => text.slice(0, 100), /JSON/],
  ["changed", (text: string) => text.replace('"version":3', '"version":4'), /its checksum is/],
  ["something else", () => '{"a":1}', /sha256/],
])("a file that is %s is refused", (_, spoil, reason) => {
  const path = writeStateBackup(backup());
  writeFileSync(path, spoil(readFileSync(path, "utf8")));
  expect(() => readStateBackup(path)).toThrow(reason);
  expect(() => readStateBackup(path)).toThrow("nothing was touched");
});

describe("restore-state touches nothing", () => {
  const from = (changed: Partial<StateBackup>) => writeStateBackup(backup(changed));

  test("without a backup's name, and says which there are", async () => {
    writeStateBackup(backup());
    await expect(restoreState("dev")).rejects.toThrow(
      /^Say from which backup[^]*FROM=2026-01-02T03-04-05\.006Z\.json$/,
    );
  });

  test.each<[string, Partial<StateBackup>, string | undefined, string]>([
    ["of another environment", { environment: "prd" }, undefined, "one of environment prd"],
    ["with another salt", { configuration: "encryptionsalt: v1:x" }, undefined, "another salt"],
    ["that has not that stack", {}, "apps", "has no state of apps"],
  ])("from one %s", async (_, changed, stack, said) => {
    await expect(restoreState("dev", stack, from(changed))).rejects.toThrow(said);
  });
});

describe("a state that is gone", () => {
  const project = { name: "cluster", directory: "/checkout/cluster" };
  const engine = () => ({
    backendUrl: `file://${process.env["XDG_STATE_HOME"]}`,
    environment: "dev",
  });
  function previous(resources: object[]): void {
    const folder = join(process.env["XDG_STATE_HOME"] ?? "", ".pulumi/stacks/sitewright-cluster");
    mkdirSync(folder, { recursive: true });
    const state = { version: 3, checkpoint: { latest: { resources } } };
    writeFileSync(join(folder, "dev.json.bak"), JSON.stringify(state));
  }

  test("although it had resources is refused, until it is said that it may go", () => {
    previous([{}, {}]);
    expect(() => mendBackendFiles(engine(), project)).toThrow(
      /^The state of stack cluster is gone; before, it had 2 resources\. Nothing was changed\./,
    );
    forgetRemovedState(engine(), project);
    expect(() => mendBackendFiles(engine(), project)).not.toThrow();
  });

  test("leaves what the engine kept of it beside a new one", () => {
    const said = jest.spyOn(console, "log").mockImplementation();
    const folder = join(process.env["XDG_STATE_HOME"] ?? "", ".pulumi/stacks/sitewright-cluster");
    keepGoneState(engine(), project);
    previous([]);
    keepGoneState(engine(), project);
    expect(said).not.toHaveBeenCalled();
    previous([{}, {}]);
    keepGoneState(engine(), project);
    const kept = join(folder, "dev.json.gone");
    expect(readFileSync(kept)).toEqual(readFileSync(join(folder, "dev.json.bak")));
    expect(said).toHaveBeenCalledWith(`What was left of the state of cluster is kept: ${kept}`);
    said.mockRestore();
  });

  test("and had none is not missed", () => {
    previous([]);
    expect(() => mendBackendFiles(engine(), project)).not.toThrow();
  });
});

describe("states that are put back", () => {
  const project = { name: "infra", directory: "/checkout/infra" };
  const state = (...resources: object[]) => ({ version: 3, deployment: { resources } });
  const present = state({ urn: "urn:present" });
  const restored = state({ urn: "urn:restored" });

  /** A backend whose exports are these, one after the other; the last one stays. */
  function engineWith(exists: boolean, ...states: object[]) {
    const imported: unknown[] = [];
    const remaining = [...states];
    const engine: StateEngine = {
      environment: "dev",
      backendUrl: `file://${process.env["XDG_STATE_HOME"]}`,
      capture: (_, args, options) => {
        if (args[1] === "import") {
          imported.push(JSON.parse(options?.input ?? ""));
          return Promise.resolve({ ok: true, stdout: "", stderr: "" });
        }
        const stdout = JSON.stringify(remaining.length > 1 ? remaining.shift() : remaining[0]);
        return Promise.resolve({ ok: true, stdout, stderr: "" });
      },
      run: () => Promise.resolve(),
      stackExists: () => Promise.resolve(exists),
      ensureStack: () => Promise.resolve(),
    };
    return { engine, imported };
  }
  const putBack = (engine: StateEngine) =>
    putStatesBack(engine, backup({ stacks: { infra: restored } }), [project]);

  beforeEach(() => jest.spyOn(console, "log").mockImplementation());
  afterEach(() => jest.restoreAllMocks());

  test("take the place of the present ones, which are kept", async () => {
    const { engine, imported } = engineWith(true, present);
    await putBack(engine);
    expect(imported).toEqual([restored]);
    const [kept] = listStateBackups("dev");
    expect(readStateBackup(backupPath("dev", kept)).stacks).toEqual({ infra: present });
  });

  test("do not take the place of one that has changed since it was kept", async () => {
    const { engine, imported } = engineWith(true, present, state({ urn: "urn:of-another" }));
    await expect(putBack(engine)).rejects.toThrow(
      /^The state of stack infra changed meanwhile[^]*Nothing was written\./,
    );
    expect(imported).toEqual([]);
  });

  test("begin a stack that is not there, unless another run has just done so", async () => {
    const alone = engineWith(false, state());
    await putBack(alone.engine);
    expect(alone.imported).toEqual([restored]);
    const { engine, imported } = engineWith(false, present);
    await expect(putBack(engine)).rejects.toThrow(/^Another run has just made stack infra/);
    expect(imported).toEqual([]);
  });
});
