import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  imagesOf,
  imagesWithoutDigest,
  pendingDigests,
} from "../../../../environment/images/imagesOf";
import { checkout } from "../../../../lib/paths";
import { readEnvironmentFile } from "../../../environment";
import { site } from "../site";

const directory = mkdtempSync(join(tmpdir(), "lock-"));
beforeAll(() =>
  copyFileSync(join(checkout, "Pulumi.prd.yaml"), join(directory, "Pulumi.prd.yaml")),
);
afterAll(() => rmSync(directory, { recursive: true }));

const DIGEST = `sha256:${"a".repeat(64)}`;
const read = (text: string) => {
  writeFileSync(join(directory, "Pulumi.prd.images.lock"), text);
  return readEnvironmentFile("prd", { directory });
};

test("a lockfile gives images their digests", () => {
  const locked = read(`docker.io/traefik/whoami:v1.11.0: ${DIGEST}\n`);
  expect(imagesOf(locked)).toContainEqual({
    image: "docker.io/traefik/whoami:v1.11.0",
    digest: DIGEST,
    usedBy: "apps",
  });
  expect(pendingDigests(locked)).toBeUndefined();
});

test("production that waits for its lockfile says which images have no digest, and what to do", () => {
  const prd = site("prd");
  expect(pendingDigests(prd)).toMatch(
    /^site:images.digests is pending: 18 images[^]*make images ENV=prd/,
  );
  expect(pendingDigests(prd, "cluster")).toMatch(/pending: 10 images/);
  expect(
    imagesWithoutDigest(prd)
      .map(({ image }) => image)
      .join(),
  ).not.toMatch(/kube-apiserver|pause/);
  expect(pendingDigests(site("dev"))).toBeUndefined();
});

test("all faults of a lockfile are reported with those of the environment", () => {
  expect(() => read("docker.io/library/app: x\ndocker.io/library/app:1: sha256:1\n")).toThrow(
    /2 faults[^]*Pulumi.prd.images.lock: docker.io\/library\/app[^]*make images ENV=prd[^]*app:1 = "sha256:1"/,
  );
  expect(() => read("[1")).toThrow(/Pulumi.prd.images.lock[^]*cannot be read/);
  expect(() => read("- 1\n")).toThrow(/Pulumi.prd.images.lock[^]*has the wrong form/);
});
