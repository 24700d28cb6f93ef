import type * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";

import type { ApplicationSpec } from "../environment/applications/application";
import type { Apps, Credentials } from "../environment/contracts";
import type { Environment } from "../environment/schema";
import type { CertificateAuthority } from "./certificates/authority";
import type { Certificate } from "./certificates/signer";
import type { ConsulForTraefik } from "./ingress/consulForTraefik";
import type { Traefik } from "./ingress/traefik";

/** A certificate for one host. */
export interface HostCertificate extends Pick<Certificate, "chain" | "privateKey"> {
  host: string;
  /** SHA-256 of the host's own certificate. */
  sha256: pulumi.Output<string>;
}

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
  urls?: pulumi.Input<Apps["urls"][number] | Url>[];
  backups?: Apps["backups"];
  internalCertificates?: pulumi.Input<Apps["internalCertificates"][number] | Expiry>[];
  credentials?: Credential[];
  /** Outputs that only this application has, by the key of the contract. */
  outputs?: { [Key in "kvCertificates" | "dashboard"]?: pulumi.Input<unknown> };
  /** For the applications after it. */
  provides?: { consul?: ConsulForTraefik; ingress?: Traefik };
}

type Outputs<T> = { [Key in keyof T]: pulumi.Input<T[Key]> };
type Url = Outputs<Apps["urls"][number]>;
type Expiry = Outputs<Apps["internalCertificates"][number]>;
type Credential = Outputs<Credentials[number]>;

/** Makes an application's resources. Its folder has it in deploy.ts. */
export type Deploy<Settings> = (settings: Settings, site: Site) => Deployed;

/** An application: what the environment sees of it, and how it is deployed. Its folder has it in application.ts. */
export interface ApplicationDefinition<Settings> extends ApplicationSpec<Settings> {
  /** Loads its components, which the other stacks, and what reads an environment without Pulumi, do without. */
  components: () => Promise<{ deploy: Deploy<Settings> }>;
}

/** Gives the functions of a definition the type of its settings. */
export function defineApplication<Settings>(
  definition: ApplicationDefinition<Settings> & { settings: z.ZodType<Settings> },
): ApplicationDefinition<Settings> {
  return definition;
}
