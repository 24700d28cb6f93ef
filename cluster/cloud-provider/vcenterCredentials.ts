import type * as pulumi from "@pulumi/pulumi";

import type { Environment } from "../../environment/schema";
import { vcenterHost, vcenterPort } from "../../environment/vcenterAddress";

/** How something in the cluster reaches the vCenter and verifies it. */
export interface Vcenter {
  /** Name or address, as it is in the certificate. */
  host: string;
  port: number;
  /** Where the machines are. */
  datacenter: string;
  /** Whether its certificate is not checked. */
  insecure: boolean;
  thumbprint?: string;
  /** Certificates of its authorities, PEM. Default: the public ones that an image carries. */
  authority?: string;
}

/** Account that logs in. */
export interface Credentials {
  user: string;
  /** Secret. */
  password: pulumi.Input<string>;
}

/** Name of the file with the vCenter's authorities, in every folder that it is mounted to. */
export const AUTHORITY_FILE = "vcenter-ca.crt";

/**
 * The vCenter of an environment, as its cluster sees it.
 *
 * @param authority - Certificates that verify it: see vcenterAuthority.
 */
export function vcenterOf(vsphere: Environment["vsphere"], authority: string | undefined): Vcenter {
  const { datacenter, insecure, thumbprint } = vsphere;
  return {
    host: vcenterHost(vsphere),
    port: vcenterPort(vsphere),
    datacenter,
    insecure,
    ...(thumbprint === undefined ? {} : { thumbprint: withColons(thumbprint) }),
    ...(authority === undefined ? {} : { authority }),
  };
}

/** A thumbprint in the form in which the cloud provider and the CSI driver compare it. */
function withColons(thumbprint: string): string {
  const bytes = thumbprint.replaceAll(":", "").toUpperCase().match(/../g);
  return bytes?.join(":") ?? thumbprint;
}

/** The accounts by which the cluster calls the vCenter; an environment that passed its checks has them. */
export function accountsOf({
  accounts,
}: Environment["vsphere"]): NonNullable<Environment["vsphere"]["accounts"]> {
  if (accounts === undefined) {
    throw new Error("The environment has no vsphere.accounts, although its check passed.");
  }
  return accounts;
}
