import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { forgetRemovedState, mendBackendFiles } from "../../../operations/backendFiles";
import { restoreState } from "../../../operations/restoreState";
import {
  backupPath,
  configurationPath,
  listStateBackups,
  readStateBackup,
  type StateBackup,
  writeStateBackup,
} from "../../../operations/stateBackups";
import { useStateFolder } from "./stateFolder";

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
  function former(resources: object[]): void {
    const folder = join(process.env["XDG_STATE_HOME"] ?? "", ".pulumi/stacks/cluster");
    mkdirSync(folder, { recursive: true });
    const state = { version: 3, checkpoint: { latest: { resources } } };
    writeFileSync(join(folder, "dev.json.bak"), JSON.stringify(state));
  }

  test("although it had resources is refused, until it is said that it may go", () => {
    former([{}, {}]);
    expect(() => mendBackendFiles(engine(), project)).toThrow(
      /^The state of stack cluster is gone; before, it had 2 resources\. Nothing was changed\./,
    );
    forgetRemovedState(engine(), project);
    expect(() => mendBackendFiles(engine(), project)).not.toThrow();
  });

  test("and had none is not missed", () => {
    former([]);
    expect(() => mendBackendFiles(engine(), project)).not.toThrow();
  });
});
