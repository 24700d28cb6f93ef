import type { types } from "@pulumi/kubernetes";
import { CustomResourceDefinition } from "@pulumi/kubernetes/apiextensions/v1";
import * as pulumi from "@pulumi/pulumi";
import { loadAll } from "js-yaml";

/** API group of Traefik's custom resources. Traefik 3 does not know the old name, traefik.containo.us. */
export const TRAEFIK_GROUP = "traefik.io";

/** Group and version of Traefik's custom resources. */
export const TRAEFIK_API = `${TRAEFIK_GROUP}/v1alpha1`;

/** A definition as the manifest has it. */
export interface Definition {
  metadata: { name: string };
  spec: types.input.apiextensions.v1.CustomResourceDefinitionSpec & { group: string };
}

/**
 * The definitions of Traefik's group in a manifest of Kubernetes objects; others (of the Gateway API, of Traefik Hub) are
 * left out.
 *
 * @throws Error when there is none, or the text is not YAML.
 */
export function definitions(manifest: string): Definition[] {
  // js-yaml: every update parses this text, 150 kB, and yaml takes four times as long for it.
  const found = (loadAll(manifest) as (Definition & { kind?: string })[])
    .filter((object) => object?.kind === "CustomResourceDefinition")
    .filter(({ spec }) => spec.group === TRAEFIK_GROUP);
  if (found.length === 0) {
    throw new Error(`The manifest has no definition of the group ${TRAEFIK_GROUP}.`);
  }
  return found;
}

/**
 * The kinds IngressRoute, Middleware and so on, one resource each, so that a new release of Traefik shows in a preview which
 * kinds it changes. What is of these kinds depends on this component.
 */
export class TraefikCrds extends pulumi.ComponentResource {
  constructor(
    name: string,
    { manifest }: { manifest: string },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("sitewright:apps:TraefikCrds", name, {}, opts);
    for (const { metadata, spec } of definitions(manifest)) {
      // The generator's annotation and an empty status, which the manifest may hold too, are not ours to keep. A definition
      // counts as there when the API knows the kind.
      new CustomResourceDefinition(
        `${name}-${metadata.name.split(".")[0]}`,
        {
          metadata: {
            name: metadata.name,
            annotations: { "pulumi.com/waitFor": "condition=Established" },
          },
          spec,
        },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }
}
