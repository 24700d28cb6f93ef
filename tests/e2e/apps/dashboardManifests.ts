import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse, stringify } from "yaml";

import { readEnvironmentFile } from "../../environment";
import { checkout } from "../../../lib/paths";
import { committedObjects } from "../../committedObjects";
import { manifest } from "../cluster/pods";
import { environment, kubectl } from "../support/harness";

interface Manifest {
  kind: string;
  metadata: { name: string };
  spec?: { template: { metadata: object; spec: object } };
}

const graph = join(checkout, "tests/goldens/prd/apps.yaml");

/**
 * Sends Headlamp's manifests of prd to the lab's API server: Headlamp cannot run here, since its image cannot be had. The
 * server checks fields, admission and PodSecurity, and keeps nothing.
 */
export function dashboardManifests(): void {
  const { namespaces } = readEnvironmentFile(environment, { directory: checkout });

  /** The objects of prd in dev's namespaces, under names that are free here: a merge with dev's own would prove less. */
  const objects = (): Manifest[] => {
    const text = namespaces.reduce(
      (all, { name }) => all.replaceAll(`: ${name.replace(/^dev/, "prd")}\n`, `: ${name}\n`),
      stringify(committedObjects(readFileSync(graph, "utf8"), "dashboard (Dashboard)"), {
        aliasDuplicateObjects: false,
      }),
    );
    return (parse(text) as Manifest[]).map((object) => ({
      ...object,
      metadata: { ...object.metadata, name: `e2e-${object.metadata.name}` },
    }));
  };

  test("the API server takes every object of prd's dashboard, without a warning", async () => {
    const prd = objects();
    expect(JSON.stringify(prd)).not.toMatch(/"prd(sys|-)/);
    // Of a Deployment's pods PodSecurity only warns; a pod by itself it refuses.
    const pods = prd
      .filter(({ kind }) => kind === "Deployment")
      .map(({ metadata, spec }) => ({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { ...spec?.template.metadata, ...metadata },
        spec: spec?.template.spec,
      }));
    expect(pods).toHaveLength(1);
    const all = [...prd, ...pods];
    const taken = await kubectl(
      [
        ...["apply", "--server-side", "--dry-run=server", "--validate=strict"],
        // "would violate PodSecurity" is one; so are kinds that are about to go.
        ...["--warnings-as-errors", "--filename=-"],
      ],
      manifest(all),
    );
    const lines = taken.split("\n");
    expect(lines).toHaveLength(all.length);
    for (const line of lines) {
      expect(line).toMatch(/^\S+\/e2e-dashboard\S* serverside-applied \(server dry run\)$/);
    }
  });
}
