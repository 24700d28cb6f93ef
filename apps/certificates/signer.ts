import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

/** A certificate and its key. */
export interface Certificate {
  /** The certificate and the CA's after it, PEM. */
  chain: pulumi.Output<string>;
  /** Private key, PEM. Secret. */
  privateKey: pulumi.Output<string>;
}

/** One that a Signer has made. */
export interface Issued extends Certificate {
  /** Its end, RFC 3339. */
  notAfter: pulumi.Output<string>;
}

/** What the CA's resources are called and what stands in its certificate. */
export interface SignerArgs {
  commonName: string;
  /** Name of the resource of the CA's key. */
  keyName: string;
  /** Name of the resource of the CA's certificate. */
  certificateName: string;
}

/** What a certificate is for. */
export interface IssueArgs {
  request: Omit<tls.CertRequestArgs, "privateKeyPem">;
  uses: ("server_auth" | "client_auth")[];
}

const DAY = 24;
/** Hours. A CA that clients have been told to trust is seldom changed. */
const CA_VALIDITY = 3650 * DAY;
const CA_RENEWAL = 365 * DAY;
/** Hours. Browsers refuse server certificates of more than 398 days. */
const LEAF_VALIDITY = 365 * DAY;
const LEAF_RENEWAL = 30 * DAY;

/**
 * A CA's key and certificate, and what it signs, for the component that owns them. Within the last 30 days of a certificate
 * (the last year of the CA) a preview shows the renewal and `up` makes it; before, nothing changes.
 */
export class Signer {
  /** The CA's certificate, PEM. */
  readonly certificate: pulumi.Output<string>;
  /** Its end, RFC 3339. */
  readonly notAfter: pulumi.Output<string>;
  private readonly key: tls.PrivateKey;

  constructor(
    { commonName, keyName, certificateName }: SignerArgs,
    private readonly own: pulumi.CustomResourceOptions,
  ) {
    this.key = new tls.PrivateKey(keyName, ellipticKey, own);
    const { certPem, validityEndTime } = new tls.SelfSignedCert(
      certificateName,
      {
        privateKeyPem: this.key.privateKeyPem,
        subject: { commonName },
        isCaCertificate: true,
        setSubjectKeyId: true,
        allowedUses: ["cert_signing", "crl_signing"],
        validityPeriodHours: CA_VALIDITY,
        earlyRenewalHours: CA_RENEWAL,
      },
      own,
    );
    this.certificate = certPem;
    this.notAfter = validityEndTime;
  }

  /**
   * A certificate with a key of its own.
   *
   * @param name Of the certificate's resource; its key and request are called after it.
   */
  issue(name: string, { request, uses }: IssueArgs): Issued {
    const { own } = this;
    const key = new tls.PrivateKey(`${name}-key`, ellipticKey, own);
    const { certRequestPem } = new tls.CertRequest(
      `${name}-request`,
      { privateKeyPem: key.privateKeyPem, ...request },
      own,
    );
    const { certPem, validityEndTime } = new tls.LocallySignedCert(
      name,
      {
        certRequestPem,
        caPrivateKeyPem: this.key.privateKeyPem,
        caCertPem: this.certificate,
        setSubjectKeyId: true,
        allowedUses: ["digital_signature", ...uses],
        validityPeriodHours: LEAF_VALIDITY,
        earlyRenewalHours: LEAF_RENEWAL,
      },
      own,
    );
    return {
      chain: pulumi.all([certPem, this.certificate]).apply((chain) => chain.join("")),
      privateKey: pulumi.secret(key.privateKeyPem),
      notAfter: validityEndTime,
    };
  }
}

const ellipticKey: tls.PrivateKeyArgs = { algorithm: "ECDSA", ecdsaCurve: "P256" };
