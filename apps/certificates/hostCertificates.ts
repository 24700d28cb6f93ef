import type * as pulumi from "@pulumi/pulumi";

import { hostsOf } from "../../environment/applications/exposed";
import type { Environment } from "../../environment/schema";
import { fingerprintOf } from "../../lib/digests/certificateFingerprint";
import { type OwnCertificate, readOwnCertificate } from "../../pulumi/config";
import type { CertificateAuthority } from "./authority";

/** A certificate for one host. */
export interface HostCertificate extends OwnCertificate {
  host: string;
  /** SHA-256 of the host's own certificate. */
  sha256: pulumi.Output<string>;
}

type Applications = Pick<Environment, "applications">;

/**
 * The certificates that the owner brings, by host name.
 *
 * @throws Refusal with all faults of one of them.
 */
export function readOwnCertificates(environment: Applications): Map<string, OwnCertificate> {
  return new Map(
    hostsOf(environment)
      .filter(({ host }) => host.certificate === "own")
      .map(({ application, host: { name } }) => [name, readOwnCertificate(application.name, name)]),
  );
}

/** The certificates of all hosts that have one of their own, in the registry's order: the owner's, or issued by the site's CA. */
export function hostCertificates(
  environment: Applications,
  own: ReadonlyMap<string, OwnCertificate>,
  ca: Pick<CertificateAuthority, "issue"> | undefined,
): HostCertificate[] {
  return hostsOf(environment)
    .filter(({ host }) => host.certificate !== "wildcard")
    .flatMap(({ application, host: { name: host } }) => {
      const made = own.get(host) ?? ca?.issue(`${application.name}-certificate`, [host]);
      return made === undefined ? [] : [{ ...made, host, sha256: made.chain.apply(fingerprintOf) }];
    });
}
