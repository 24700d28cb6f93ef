import { readFileSync } from "node:fs";

import type { Environment } from "../environment/schema";
import { certificates } from "../environment/schema/fields";
import { Refusal } from "./refusal";

/** Variable that names a file with the authorities of a vCenter which only this machine knows, as a lab's. */
export const VCENTER_CA = "SITEWRIGHT_VCENTER_CA";

/**
 * Certificates of the authorities with which the cluster verifies the vCenter, PEM: those of the environment, or else those in the file
 * that SITEWRIGHT_VCENTER_CA names. Undefined if there are neither, or if the environment turns verification off.
 *
 * @param variables - @default the variables of this process
 * @throws Refusal when the variable names no file with certificates.
 */
export function vcenterAuthority(
  { insecure, certificateAuthority }: Environment["vsphere"],
  variables: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const file = variables[VCENTER_CA];
  if (insecure || certificateAuthority !== undefined || file === undefined) {
    return insecure ? undefined : certificateAuthority;
  }
  try {
    return certificates.parse(readFileSync(file, "utf8"));
  } catch {
    throw new Refusal(
      `${VCENTER_CA} names ${file}, and that is no readable file of certificates in PEM, by which the cluster could verify the vCenter.\n` +
        "Name one that is, or put them into vsphere.certificateAuthority of the environment.",
    );
  }
}
