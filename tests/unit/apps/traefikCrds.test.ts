import { readFileSync } from "node:fs";
import { join } from "node:path";

import { definitions } from "../../../apps/ingress/traefikCrds";

const manifest = readFileSync(join(__dirname, "fixtures", "traefik-crds.yaml"), "utf8");

test("of a manifest only definitions of Traefik's present group are taken", () => {
  expect(definitions(manifest).map(({ metadata }) => metadata.name)).toEqual([
    "middlewares.traefik.io",
    "ingressroutes.traefik.io",
  ]);
});

test("a manifest without them, or one that is no YAML, is an error", () => {
  expect(() => definitions("kind: ServiceAccount\n")).toThrow("no definition");
  expect(() => definitions("a: [\n")).toThrow();
});
