import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expectFile } from "./golden";

/** `make check` fails where a golden is not what the code makes, and mends none by itself. */

let folder: string;
const asked = process.env["UPDATE_GOLDENS"];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sitewright-golden-"));
  delete process.env["UPDATE_GOLDENS"];
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  if (asked !== undefined) {
    process.env["UPDATE_GOLDENS"] = asked;
  }
});

test("an edited golden fails and stays as it is", () => {
  const golden = join(folder, "golden.yaml");
  writeFileSync(golden, "replicas: 2\n");
  expect(() => expectFile(golden, "replicas: 1\n")).toThrow("replicas: 2");
  expect(readFileSync(golden, "utf8")).toBe("replicas: 2\n");
});

test("a golden that is not committed fails, and says how to write it", () => {
  expect(() => expectFile(join(folder, "none.yaml"), "x")).toThrow("make goldens");
});
