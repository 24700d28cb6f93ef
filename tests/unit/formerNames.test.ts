import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Project } from "../../environment/contracts";
import { parseEnvironment } from "../environment";
import { COMMITTED, type Committed, rawSite } from "./environment/site";
import { type Request, requestsOf } from "./graph";
import { runProgram } from "./programs";

/** Resources were once named after the cluster. Running sites have them in their states under these names. */

jest.mock("../../apps/ingress/crdManifest", () => ({
  crdManifest: () => readFileSync(join(__dirname, "apps", "fixtures", "traefik-crds.yaml"), "utf8"),
}));

/** With rules that keep machines on separate hosts, which not every environment has. */
async function requestsFor(project: Project, stack: Committed) {
  const raw = rawSite(stack);
  raw["vsphere"].separateHosts = true;
  const environment = parseEnvironment(stack, raw);
  const requests = await requestsOf(() => runProgram(project, raw, environment));
  return { clusterName: environment.kubernetes.clusterName, requests };
}

/** The types in a resource's URN, its own at the end. */
function typesOf(request: Request): string {
  const parent = request.getParent().split("::")[2] ?? "";
  return ["", "pulumi:pulumi:Stack"].includes(parent)
    ? request.getType()
    : `${parent}$${request.getType()}`;
}

/** The ends of the URNs with other names under which the engine looks for a resource in a state, too. */
function formerUrns(request: Request): string[] {
  const aliases = request.getAliasesList() as {
    getSpec: () => Record<
      "getName" | "getType" | "getStack" | "getProject" | "getParenturn",
      () => string
    >;
  }[];
  return aliases
    .map((alias) => alias.getSpec())
    .filter((spec) => spec.getName() !== "")
    .map((spec) => {
      expect([spec.getType(), spec.getStack(), spec.getProject()]).toEqual(["", "", ""]);
      // The engine takes the types in the URN from the parent.
      expect(["", request.getParent()]).toContain(spec.getParenturn());
      return `${typesOf(request)}::${spec.getName()}`;
    });
}

describe.each(["infra", "cluster", "apps"] as const)("stack %s", (project) => {
  test.each(COMMITTED)(
    "has no resource of %s with the cluster's name in its own",
    async (stack) => {
      const { clusterName, requests } = await requestsFor(project, stack);
      const names = requests.map((request) => request.getName());
      expect(names.length).toBeGreaterThan(10);
      expect(names.filter((name) => name.includes(clusterName))).toEqual([]);
    },
  );
});

test.each(["infra", "cluster"] as const)(
  "all that older programs have named after the cluster in %s is found under that name",
  async (project) => {
    const { requests } = await requestsFor(project, "ha");
    const file = join(__dirname, "formerNames", `ha-${project}.txt`);
    const former = readFileSync(file, "utf8").trimEnd().split("\n");
    // What is newer has such an alias, too, and no state has anything under it.
    expect(former.length).toBeGreaterThan(0);
    expect(requests.flatMap(formerUrns)).toEqual(expect.arrayContaining(former));
  },
);
