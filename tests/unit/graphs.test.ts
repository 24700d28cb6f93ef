import { readFileSync } from "node:fs";
import { join } from "node:path";

import { ConfigMap } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";

import { imagesOf } from "../../environment/images/imagesOf";
import { loadBalancerMachines } from "../../environment/loadBalancers";
import { parseEnvironment } from "../environment";
import { graphEntries } from "../../operations/preview-report/graphEntries";
import { evaluate, findings } from "../../policies/evaluate";
import { exceptions, isExcepted } from "../../policies/exceptions";
import { policies } from "../../policies/policies";
import type { Resource } from "../../policies/resource";
import { containersOf, podsOf } from "../../policies/rules/pods";
import { COMMITTED, rawSite } from "./environment/site";
import { expectFile } from "./golden";
import { graphOf, requestsOf } from "./graph";
import { mockSite } from "./mocks";
import { resourcesOf } from "./policies/resources";
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

const projects = ["infra", "cluster", "apps"] as const;
const judged: Resource[] = [];

describe.each(COMMITTED)("the resources of %s", (stack) => {
  describe.each(projects)("%s", (project) => {
    const raw = rawSite(stack);
    const site = parseEnvironment(stack, raw);
    const machines = [...loadBalancerMachines(site.loadBalancer), ...site.nodes];
    let requests: Awaited<ReturnType<typeof requestsOf>>;
    beforeAll(async () => {
      requests = await requestsOf(() => runProgram(project, raw, site));
    }, 60_000);

    test("are those of the golden file", () => {
      const golden = join(__dirname, "..", "goldens", stack, `${project}.yaml`);
      const graph = graphOf(requests, machines);
      expectFile(golden, graph);
      expect(graphEntries(graph)).toEqual(graphEntries(graphOf(requests)));
    });

    test("run the images that are listed for this stack", () => {
      const run = resourcesOf(requests).flatMap(podsOf).flatMap(containersOf);
      const listed = imagesOf(site).filter(({ usedBy }) => usedBy === project);
      expect([...new Set(run.map(({ inputs }) => inputs["image"]))].sort()).toEqual(
        listed.map(({ image }) => image),
      );
    });

    test("violate no policy", () => {
      const resources = resourcesOf(requests);
      judged.push(...resources);
      expect(evaluate(resources)).toEqual([]);
    });
  });
});

test("every exception from a policy is needed by something in an environment", () => {
  const found = policies.flatMap((policy) =>
    findings(policy, judged).map(({ resource, ...finding }) => ({ policy, resource, finding })),
  );
  const parts = exceptions.flatMap(({ about, ...one }) =>
    about === undefined ? [one] : about.map((part) => ({ ...one, about: [part] })),
  );
  const idle = parts.filter(
    (one) =>
      !found.some(({ policy, resource, finding }) => isExcepted(policy, resource, finding, [one])),
  );
  expect(idle).toEqual([]);
});

test("a dump shows an object without our field manager", async () => {
  const requests = await requestsOf(async () => {
    await mockSite({ project: "apps", stack: "dev" });
    new ConfigMap("foreign", { metadata: { name: "foreign" } });
    await pulumi.runtime.disconnect();
  });
  expect(graphOf(requests)).toContain("fieldManager: the plugin's own");
});
