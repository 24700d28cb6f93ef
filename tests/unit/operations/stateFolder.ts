import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Gives each test of a file a state folder of its own in place of the user's. */
export function useStateFolder(): void {
  const before = process.env["XDG_STATE_HOME"];
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sitewright-state-"));
    process.env["XDG_STATE_HOME"] = folder;
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
    if (before === undefined) {
      delete process.env["XDG_STATE_HOME"];
    } else {
      process.env["XDG_STATE_HOME"] = before;
    }
  });
}
