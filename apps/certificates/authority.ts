import * as pulumi from "@pulumi/pulumi";

import { type Certificate, Signer } from "./signer";

/** For whom certificates are made. */
export interface CertificateAuthorityArgs {
  /** The certificate is for every name directly below this domain. */
  domain: string;
}

/** A CA of the site's own and what it signs: a wildcard certificate, and certificates for other hosts by `issue`. */
export class CertificateAuthority extends pulumi.ComponentResource {
  /** The CA's certificate, PEM: what clients have to trust. */
  readonly certificate: pulumi.Output<string>;
  /** The certificate for `*.domain`. */
  readonly wildcard: Certificate;
  private readonly signer: Signer;

  constructor(
    name: string,
    { domain }: CertificateAuthorityArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("sitewright:apps:CertificateAuthority", name, {}, opts);
    this.signer = new Signer(
      {
        commonName: `Ingress CA of ${domain}`,
        keyName: `${name}-key`,
        certificateName: `${name}-certificate`,
      },
      { parent: this },
    );
    this.certificate = this.signer.certificate;
    this.wildcard = this.issue(`${name}-wildcard`, [`*.${domain}`]);
    this.registerOutputs({ certificate: this.certificate });
  }

  /**
   * A server certificate for these names, the first of them also as its subject.
   *
   * @param name Of the certificate's resource; its key and request are called after it.
   */
  issue(name: string, dnsNames: [string, ...string[]]): Certificate {
    const request = { subject: { commonName: dnsNames[0] }, dnsNames };
    return this.signer.issue(name, { request, uses: ["server_auth"] });
  }
}
