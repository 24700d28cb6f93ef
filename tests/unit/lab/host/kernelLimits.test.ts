import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ensureKernelLimits, restoreKernelLimits } from "../../../../lab/host/kernelLimits";

let folder: string;
let places: { limit: string; before: string };
const notes: string[] = [];
const progress = { note: (text: string) => void notes.push(text) };
const limit = () => readFileSync(places.limit, "utf8").trim();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sitewright-limits-"));
  places = { limit: join(folder, "limit"), before: join(folder, "before") };
  notes.length = 0;
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test("a limit that is too low is raised, and is what it was when the lab goes", () => {
  writeFileSync(places.limit, "128\n");
  ensureKernelLimits(progress, places);
  expect(limit()).toBe("1024");
  // The second make up must not take its own value for what was before.
  ensureKernelLimits(progress, places);
  restoreKernelLimits(progress, places);
  expect(limit()).toBe("128");
  expect(existsSync(places.before)).toBe(false);
  restoreKernelLimits(progress, places);
  expect(limit()).toBe("128");
  expect(notes).toHaveLength(2);
});

test("a limit that is high enough, or was changed since, is left alone", () => {
  writeFileSync(places.limit, "4096\n");
  ensureKernelLimits(progress, places);
  restoreKernelLimits(progress, places);
  expect(limit()).toBe("4096");

  writeFileSync(places.limit, "128\n");
  ensureKernelLimits(progress, places);
  writeFileSync(places.limit, "8192\n");
  restoreKernelLimits(progress, places);
  expect(limit()).toBe("8192");
});
