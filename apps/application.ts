import type * as pulumi from "@pulumi/pulumi";

import type { ApplicationSpec } from "../environment/applications/application";
import type { Apps, BackupKey, Credentials } from "../environment/contracts";
import type { Environment } from "../environment/schema";
import type { Kubectl } from "../kubernetes/kubectl";
import type { Section } from "../lib/statusSection";
import type { CertificateAuthority } from "./certificates/authority";
import type { HostCertificate } from "./certificates/hostCertificates";
import type { ConsulForTraefik } from "./ingress/consulForTraefik";
import type { Traefik } from "./ingress/traefik";

/** What an application is deployed with. */
export interface Site {
  environment: Environment;
  /** The provider of the cluster, and what is done to every object. */
  opts: pulumi.ComponentResourceOptions;
  /** The site's own CA; it is there where the environment has an ingress. */
  ca: CertificateAuthority | undefined;
  /** Certificates of hosts that have one of their own, in the registry's order. */
  certificates: readonly HostCertificate[];
  /** Consul, where the environment has it: it comes before the ingress. */
  consul: ConsulForTraefik | undefined;
  /** The ingress. The checks make sure that it is there for an application with a host, which comes after it. */
  ingress: () => Traefik;
}

/** What the stack says of a deployed application. Empty lists may be left out. */
export interface Deployed {
  /** All that has pods. */
  resources: pulumi.Resource[];
  urls?: Outputs<Apps["urls"][number]>[];
  backups?: Saved[];
  internalCertificates?: Outputs<Apps["internalCertificates"][number]>[];
  credentials?: Outputs<Credentials[number]>[];
  /** Outputs that only this application has, by the key of the contract. */
  outputs?: Partial<
    Record<"kvCertificates" | "dashboard" | "proxyProtocolFrom", pulumi.Input<unknown>>
  >;
  /** For the applications after it. */
  provides?: { consul?: ConsulForTraefik; ingress?: Traefik };
}

/** The backups of an application (backups/backup.ts): what everybody may know of them, and what opens them. */
export interface Saved {
  summary: Apps["backups"][number];
  /** Secret. */
  key: pulumi.Output<BackupKey>;
}

/** A part of the contract whose values may be known later. */
type Outputs<T> = { [Key in keyof T]: pulumi.Input<T[Key]> };

/** Makes an application's resources. Its folder has it in deploy.ts. */
export type Deploy<Settings> = (settings: Settings, site: Site) => Deployed;

/** What `make status` shows of a running application beside its URLs, backups and certificates. It only reads. */
export type Status = (
  outputs: Apps,
  asked: { api: Kubectl; environment: string; now: Date },
) => Promise<Section[]>;

/** An application: what the environment sees of it, and how it is deployed. Its folder has it in application.ts. */
export interface ApplicationDefinition<Settings> extends ApplicationSpec<Settings> {
  /** Loads its components, which the other stacks, and what reads an environment without Pulumi, do without. */
  components: () => Promise<{ deploy: Deploy<Settings> }>;
  /** Loads what more `make status` shows. Default: nothing more. */
  status?: () => Promise<{ status: Status }>;
}

/** Gives the functions of a definition the type of its settings. */
export function defineApplication<Settings>(
  definition: ApplicationDefinition<Settings>,
): ApplicationDefinition<Settings> {
  return definition;
}
