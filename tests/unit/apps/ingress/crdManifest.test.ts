import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { CRD_MANIFEST, crdManifest } from "../../../../apps/ingress/crdManifest";
import { Refusal } from "../../../../pulumi/refusal";

const folder = mkdtempSync(join(tmpdir(), "crds-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("the manifest of make counts, else that of npm run build", () => {
  const places = ["made", "fetched"].map((name) => join(folder, name));
  expect(() => crdManifest(places)).toThrow(Refusal);
  expect(() => crdManifest(places)).toThrow(/fetched[^]*npm run build, or make build/);
  writeFileSync(places[1]!, "fetched");
  expect(crdManifest(places)).toBe("fetched");
  writeFileSync(places[0]!, "made");
  expect(crdManifest(places)).toBe("made");
});

test("npm run build fetches the release that the toolchain takes", () => {
  const module = readFileSync("toolchain/modules/traefik-crds/go.mod", "utf8");
  expect(/github.com\/traefik\/traefik\/v3 v(\S+)/.exec(module)?.[1]).toBe(CRD_MANIFEST.version);
  expect(CRD_MANIFEST.url).toContain(`/v${CRD_MANIFEST.version}/`);
});
