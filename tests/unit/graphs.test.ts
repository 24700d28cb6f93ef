import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parseEnvironment } from "../../environment/parse";
import { rawSite } from "./environment/site";
import { expectFile } from "./golden";
import { graphOf } from "./graph";
import { runProgram } from "./programs";

jest.mock("../../apps/ingress/crdManifest", () => ({
  crdManifest: () => readFileSync(join(__dirname, "apps", "fixtures", "traefik-crds.yaml"), "utf8"),
}));

/** The clock stands still; timers go on. */
beforeAll(() => {
  jest.useFakeTimers({
    now: new Date("2026-01-01T00:00:00Z"),
    doNotFake: [
      "hrtime",
      "nextTick",
      "performance",
      "queueMicrotask",
      "setImmediate",
      "clearImmediate",
      "setInterval",
      "clearInterval",
      "setTimeout",
      "clearTimeout",
    ],
  });
});
afterAll(() => {
  jest.useRealTimers();
});

describe.each(["dev", "prd"] as const)("the resource graph of %s", (stack) => {
  test.each(["infra", "cluster", "apps"] as const)("%s", async (project) => {
    const raw = rawSite(stack);
    const graph = await graphOf(() => runProgram(project, raw, parseEnvironment(stack, raw)));
    expectFile(join(__dirname, "..", "goldens", stack, `${project}.yaml`), graph);
  });
});
