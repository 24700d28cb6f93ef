import { Secret } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";

import type { Environment } from "../../environment/schema";
import type { Certificate } from "../certificates/signer";
import { KV_CERTIFICATES, TASK_LABELS } from "./consulNames";
import { TASK_FOLDERS } from "./consulScripts";
import { type Credentials, Task } from "./consulTask";
import { kvScript } from "./kvScript";
import type { ConsulSettings } from "./settings";

/** Which certificates Traefik finds in the KV store. */
export interface KvCertificatesArgs {
  environment: Pick<Environment, "namespaces" | "zones" | "imageLock">;
  settings: ConsulSettings;
  /** Credentials that may write there. */
  credentials: Credentials;
  /** In the order of their numbers. */
  certificates: readonly Pick<Certificate, "chain" | "privateKey">[];
}

/**
 * Certificates in the KV store, `traefik/tls/certificates/<N>/certFile` and `keyFile`, where Traefik sees them within seconds.
 * Another list, or other content, is written by the next `up`. Each has a copy, which Traefik serves while the pair itself
 * is none (kvScript.ts).
 */
export class KvCertificates extends pulumi.ComponentResource {
  /** The Job that writes them. */
  readonly job: pulumi.Output<string>;

  constructor(name: string, args: KvCertificatesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:apps:KvCertificates", name, {}, opts);
    const own = { parent: this };
    const { environment, settings, credentials, certificates } = args;
    const { namespace } = settings;
    const files = Object.fromEntries(
      certificates.flatMap(({ chain, privateKey }, number) => [
        [`${number}.chain`, chain],
        [`${number}.key`, privateKey],
      ]),
    ) as Record<string, pulumi.Output<string>>;
    const secret = new Secret(
      `${name}-secret`,
      {
        metadata: { name: KV_CERTIFICATES, namespace, labels: TASK_LABELS },
        stringData: files,
      },
      own,
    );
    const task = new Task(
      `${name}-task`,
      {
        environment,
        settings,
        job: KV_CERTIFICATES,
        credentials,
        script: kvScript(certificates.length),
        input: { secret, folder: TASK_FOLDERS.kv, files },
      },
      own,
    );
    this.job = task.job;
    this.registerOutputs({});
  }
}
