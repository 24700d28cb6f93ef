import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

import { debianArchive } from "../../../../lab/node/debianArchive";

describe("an archive of a Debian system", () => {
  const folder = mkdtempSync(join(tmpdir(), "archive-"));
  const packages = join(folder, "packages");
  afterAll(() => rmSync(folder, { recursive: true }));
  const nameOf = (list: string): string => {
    writeFileSync(packages, list);
    const archive = debianArchive("image-base", "container images", packages);
    expect(basename(archive.path)).toBe(`image-base-${archive.fingerprint}.tar`);
    return archive.fingerprint;
  };

  test("is another one for another list of packages", () => {
    const first = nameOf("iptables\n");
    expect(nameOf("iptables\nipset\n")).not.toBe(first);
    expect(nameOf("iptables\n")).toBe(first);
  });
});
