import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ensureHost } from "../../../lab/host/host";
import type { LabFile } from "../../../lab/labFile";
import { Progress } from "../../../lib/progress";
import { site } from "../environment/site";

jest.mock("../../../lab/host/host");

const scratch = mkdtempSync(join(tmpdir(), "lab-occupant-"));
const stateBefore = process.env.XDG_STATE_HOME;
const state = join(scratch, "sitewright", "lab");
const note = join(state, "environment");

/** Loaded only when the state's folder is set: it is read then. */
let up: (environment: "dev" | "ha") => Promise<void>;
let labParts: typeof import("../../../lab/status").labParts;
let occupy: typeof import("../../../lab/occupant").occupy;

beforeAll(() => {
  process.env.XDG_STATE_HOME = scratch;
  const lab = jest.requireActual<typeof import("../../../lab/up")>("../../../lab/up");
  const file = (environment: LabFile["environment"]): LabFile => ({
    ...{ environment, path: "Pulumi.yaml", passphrase: "lab", encryptedPasswords: "[]" },
  });
  up = (environment) => lab.up(file(site(environment)), new Progress());
  ({ labParts } = jest.requireActual<typeof import("../../../lab/status")>("../../../lab/status"));
  ({ occupy } =
    jest.requireActual<typeof import("../../../lab/occupant")>("../../../lab/occupant"));
});
beforeEach(() => {
  jest.mocked(ensureHost).mockReset().mockRejectedValue(new Error("as far as this test goes"));
  rmSync(state, { recursive: true, force: true });
  mkdirSync(state, { recursive: true });
});
afterAll(() => {
  if (stateBefore === undefined) {
    delete process.env.XDG_STATE_HOME;
  } else {
    process.env.XDG_STATE_HOME = stateBefore;
  }
  rmSync(scratch, { recursive: true, force: true });
});

test("while the lab is up for one environment, up of another one names it and changes nothing", async () => {
  writeFileSync(note, "dev\n");
  await expect(up("ha")).rejects.toThrow(
    /^The lab is up for the environment dev[^]*Nothing was changed\.[^]*make down ENV=dev first/,
  );
  expect(ensureHost).not.toHaveBeenCalled();
  expect(readdirSync(state)).toEqual(["environment"]);
});

test("up of the same environment goes on, and so does one in a lab that none has", async () => {
  occupy("ha");
  expect(readFileSync(note, "utf8")).toBe("ha\n");
  await expect(up("ha")).rejects.toThrow("as far as this test goes");
  rmSync(note);
  await expect(up("dev")).rejects.toThrow("as far as this test goes");
});

test("a lab without the note is its environment's whose vCenter has its address", async () => {
  writeFileSync(join(state, "vcenter.json"), JSON.stringify({ listen: "172.30.10.1:8989" }));
  await expect(up("ha")).rejects.toThrow(/^The lab is up for the environment dev/);
  await expect(up("dev")).rejects.toThrow("as far as this test goes");
  writeFileSync(join(state, "vcenter.json"), JSON.stringify({ listen: "10.9.9.9:8989" }));
  await expect(up("ha")).rejects.toThrow("as far as this test goes");
});

test("the status of an environment says that another one has the lab", async () => {
  occupy("ha");
  expect(await labParts(site("dev"))).toEqual([
    { name: "lab", ok: false, text: "is up for the environment ha" },
  ]);
});
