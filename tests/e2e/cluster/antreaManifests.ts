import { readFileSync } from "node:fs";
import { join } from "node:path";

import { checkout } from "../../../lib/paths";
import { committedObjects, type Manifest } from "../../committedObjects";
import { kubectl } from "../support/harness";
import { manifest } from "./pods";

const graph = join(checkout, "tests/goldens/prd/cluster.yaml");

const APPLY = ["apply", "--server-side", "--validate=strict", "--warnings-as-errors", "-f", "-"];
/** The server checks fields and admission and keeps nothing. */
const ASK = [...APPLY, "--dry-run=server"];

const policy = (spec: object): Manifest & { [key: string]: unknown } => ({
  apiVersion: "crd.antrea.io/v1beta1",
  kind: "ClusterNetworkPolicy",
  metadata: { name: "e2e-antrea" },
  spec: { priority: 5, appliedTo: [{ namespaceSelector: {} }], ...spec },
});

/**
 * Sends Antrea's manifests of prd to the lab's API server: Antrea itself cannot run here, where the kernel has no Open
 * vSwitch and its images cannot be had. Its kinds are defined for a moment, because only then can the server judge an object of
 * them.
 */
export function antreaManifests(): void {
  const objects = committedObjects(readFileSync(graph, "utf8"), "pod-network-antrea (Antrea)");
  const definitions = objects.filter(({ kind }) => kind === "CustomResourceDefinition");

  test("the API server takes every object of prd's pod network, without a warning", async () => {
    const lines = (await kubectl(ASK, manifest(objects))).split("\n");
    expect(lines).toHaveLength(objects.length);
    for (const line of lines) {
      expect(line).toMatch(/^\S+ serverside-applied \(server dry run\)$/);
    }
  });

  describe("with Antrea's kinds defined", () => {
    const names = definitions.map(({ metadata }) => `crd/${metadata.name}`);

    beforeAll(async () => {
      await kubectl(APPLY, manifest(definitions));
      await kubectl(["wait", "--for=condition=Established", "--timeout=30s", ...names]);
    });
    // Do not wait: no test needs them gone, and the API server takes up to a minute.
    afterAll(() => kubectl(["delete", "--ignore-not-found", "--wait=false", ...names]));

    test("a policy as Antrea's documents have it is taken", async () => {
      const drop = {
        tier: "securityops",
        egress: [
          {
            action: "Drop",
            to: [{ ipBlock: { cidr: "192.168.10.0/24" } }, { fqdn: "*.coolcorp.priv" }],
            ports: [{ protocol: "TCP", port: 443 }],
          },
        ],
      };
      expect(await kubectl(ASK, manifest([policy(drop)]))).toContain("serverside-applied");
    });

    test.each([
      { what: "an action there is none of", spec: { egress: [{ action: "Deny" }] } },
      { what: "a priority out of bounds", spec: { priority: 0 } },
      { what: "an address for a range", spec: rangeOf("10.0.0.1") },
      { what: "a field there is none of", spec: { egres: [] } },
    ])("a policy with $what is refused", async ({ spec }) => {
      await expect(kubectl(ASK, manifest([policy(spec)]))).rejects.toThrow(
        /Unsupported value|should be greater|must be of type cidr|not declared in schema/,
      );
    });
  });
}

function rangeOf(cidr: string): object {
  return { ingress: [{ action: "Drop", from: [{ ipBlock: { cidr } }] }] };
}
