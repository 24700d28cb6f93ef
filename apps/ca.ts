import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

/** A certificate and its key. */
export interface Certificate {
  /** The certificate and the CA's after it, PEM. */
  chain: pulumi.Output<string>;
  /** Private key, PEM. Secret. */
  privateKey: pulumi.Output<string>;
}

/** For whom certificates are made. */
export interface CertificateAuthorityArgs {
  /** The certificate is for every name directly below this domain. */
  domain: string;
}

const DAY = 24;
/** Hours. A CA that clients have been told to trust is seldom changed. */
const CA_VALIDITY = 3650 * DAY;
const CA_RENEWAL = 365 * DAY;
/** Hours. Browsers refuse server certificates of more than 398 days. */
const SERVER_VALIDITY = 365 * DAY;
const SERVER_RENEWAL = 30 * DAY;

/**
 * A CA of the site's own and what it signs: a wildcard certificate, and certificates for other hosts by `issue`. Within the last 30 days
 * of a certificate (the last year of the CA) a preview shows the renewal and `up` makes it; before, nothing changes.
 */
export class CertificateAuthority extends pulumi.ComponentResource {
  /** The CA's certificate, PEM: what clients have to trust. */
  readonly certificate: pulumi.Output<string>;
  /** The certificate for `*.domain`. */
  readonly wildcard: Certificate;
  private readonly key: tls.PrivateKey;

  constructor(
    name: string,
    { domain }: CertificateAuthorityArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("sitewright:apps:CertificateAuthority", name, {}, opts);
    const own = { parent: this };

    this.key = new tls.PrivateKey(`${name}-key`, ellipticKey, own);
    const ca = new tls.SelfSignedCert(
      `${name}-certificate`,
      {
        privateKeyPem: this.key.privateKeyPem,
        subject: { commonName: `Ingress CA of ${domain}` },
        isCaCertificate: true,
        setSubjectKeyId: true,
        allowedUses: ["cert_signing", "crl_signing"],
        validityPeriodHours: CA_VALIDITY,
        earlyRenewalHours: CA_RENEWAL,
      },
      own,
    );
    this.certificate = ca.certPem;
    this.wildcard = this.issue(`${name}-wildcard`, [`*.${domain}`]);
    this.registerOutputs({ certificate: this.certificate });
  }

  /**
   * A server certificate for these names, the first of them also as its subject.
   *
   * @param name Of the certificate's resource; its key and request are called after it.
   */
  issue(name: string, dnsNames: [string, ...string[]]): Certificate {
    const own = { parent: this };
    const key = new tls.PrivateKey(`${name}-key`, ellipticKey, own);
    const request = new tls.CertRequest(
      `${name}-request`,
      { privateKeyPem: key.privateKeyPem, subject: { commonName: dnsNames[0] }, dnsNames },
      own,
    );
    const certificate = new tls.LocallySignedCert(
      name,
      {
        certRequestPem: request.certRequestPem,
        caPrivateKeyPem: this.key.privateKeyPem,
        caCertPem: this.certificate,
        setSubjectKeyId: true,
        allowedUses: ["digital_signature", "server_auth"],
        validityPeriodHours: SERVER_VALIDITY,
        earlyRenewalHours: SERVER_RENEWAL,
      },
      own,
    );
    return {
      chain: pulumi.all([certificate.certPem, this.certificate]).apply((chain) => chain.join("")),
      privateKey: pulumi.secret(key.privateKeyPem),
    };
  }
}

const ellipticKey: tls.PrivateKeyArgs = { algorithm: "ECDSA", ecdsaCurve: "P256" };
