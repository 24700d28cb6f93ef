import type * as pulumi from "@pulumi/pulumi";

import type { Certificate } from "../certificates/signer";

/** Consul as Traefik sees it: where certificates come from, and a page. */
export interface ConsulForTraefik {
  /** Its namespace, and the labels and the HTTPS port of its pods. */
  namespace: string;
  podLabels: Record<string, string>;
  podPort: number;
  /** host:port of its HTTPS inside the cluster; the servers' certificate is for that host. */
  endpoint: string;
  /** Host name of its UI. Default: no page. */
  uiHost: string | undefined;
  /** Certificate of the CA that signed the servers' certificate, PEM. */
  ca: pulumi.Input<string>;
  /** Client certificate that Traefik presents to the servers. */
  clientCertificate: Certificate;
  /** Reads the keys below KV_ROOT and nothing else. Secret. */
  token: pulumi.Input<string>;
  /** Reads what the page shows. Secret. */
  uiToken: pulumi.Input<string>;
  /** When it is made, servers answer and both tokens are good. */
  ready: pulumi.Resource;
}
