import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import * as pulumi from "@pulumi/pulumi";

import { TRAEFIK_API } from "./traefikCrds";

/** Name of the Middleware, in Traefik's own files too. */
export const REDIRECT_TO_HTTPS = "https-redirectscheme";

/** What it does. */
export const redirectScheme = { scheme: "https", permanent: true };

/**
 * The Middleware that sends a browser from HTTP to HTTPS, for routes that a site brings along: they name one in their own namespace. The hosts
 * of the programs need none, because Traefik's own files redirect all of them.
 */
export class RedirectToHttps extends pulumi.ComponentResource {
  constructor(
    name: string,
    { namespace, labels }: { namespace: string; labels: Record<string, string> },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("sitewright:apps:RedirectToHttps", name, {}, opts);
    new CustomResource(
      `${name}-${namespace}`,
      {
        apiVersion: TRAEFIK_API,
        kind: "Middleware",
        metadata: { name: REDIRECT_TO_HTTPS, namespace, labels },
        spec: { redirectScheme },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
