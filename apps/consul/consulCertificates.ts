import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

import type { Certificate } from "../ca";
import { CLIENTS_SERVICE, serverCertificateName } from "./consulNames";
import type { ConsulSpec } from "./consulConfig";

/** For whose servers and clients the certificates are. */
export interface ConsulCertificatesArgs {
  consul: Pick<ConsulSpec, "namespace" | "datacenter" | "domain" | "certificateGeneration">;
}

/** A certificate that no URL shows, as the contract `apps` has it. */
export interface Expiry {
  /** Whose it is. */
  name: string;
  /** Its end, RFC 3339. */
  notAfter: pulumi.Output<string>;
}

const DAY = 24;
/** Hours. */
const CA_VALIDITY = 3650 * DAY;
const CA_RENEWAL = 365 * DAY;
/** Hours. */
const LEAF_VALIDITY = 365 * DAY;
const LEAF_RENEWAL = 30 * DAY;

/**
 * Consul's own CA, its servers' certificate and certificates of clients. Within the last 30 days of a certificate (the last
 * year of the CA) a preview shows the renewal and `up` makes it.
 *
 * A renewed CA has the same name and the same key, so certificates by the old one and by the new one are good to servers that
 * trust either: it rolls like any certificate. Another *key* of the CA does not: servers restarted with it and servers not yet
 * restarted would refuse each other. It takes a stop of all of them, or a new site and a restore.
 */
export class ConsulCertificates extends pulumi.ComponentResource {
  /** The CA's certificate, PEM. */
  readonly ca: pulumi.Output<string>;
  /** What servers prove to each other and to clients. They call each other, so it is a client's too. */
  readonly server: Certificate;
  /** For tasks in the cluster. */
  readonly taskClient: Certificate;
  /** For Traefik. */
  readonly traefikClient: Certificate;
  /** Until when each of them is good. */
  readonly expiries: Expiry[] = [];

  private readonly own: pulumi.CustomResourceOptions;
  private readonly caKey: tls.PrivateKey;

  constructor(
    private readonly name: string,
    { consul }: ConsulCertificatesArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("sitewright:apps:ConsulCertificates", name, {}, opts);
    this.own = { parent: this };
    this.caKey = new tls.PrivateKey(`${name}-ca-key`, ellipticKey, this.own);
    const ca = new tls.SelfSignedCert(
      `${name}-ca`,
      {
        privateKeyPem: this.caKey.privateKeyPem,
        subject: { commonName: consul.domain },
        isCaCertificate: true,
        setSubjectKeyId: true,
        allowedUses: ["cert_signing", "crl_signing"],
        validityPeriodHours: CA_VALIDITY,
        earlyRenewalHours: CA_RENEWAL,
      },
      this.own,
    );
    this.ca = ca.certPem;
    this.expiries.push({ name: "Consul's CA", notAfter: ca.validityEndTime });

    const commonName = serverCertificateName(consul);
    const service = `${CLIENTS_SERVICE}.${consul.namespace}`;
    this.server = this.signed(
      "Consul's servers",
      // Another generation is another key and another certificate.
      `server-${consul.certificateGeneration}`,
      {
        subject: { commonName },
        dnsNames: [
          commonName,
          "localhost",
          CLIENTS_SERVICE,
          service,
          `${service}.svc`,
          `${service}.svc.cluster.local`,
        ],
        ipAddresses: ["127.0.0.1"],
      },
      ["server_auth", "client_auth"],
    );
    this.taskClient = this.client("Consul's tasks", "task");
    this.traefikClient = this.client("Traefik as a client of Consul", "traefik");
    this.registerOutputs({ ca: this.ca });
  }

  /** A certificate that is good for calling servers, not for being one. */
  private client(whose: string, who: string): Certificate {
    return this.signed(whose, `${who}-client`, { subject: { commonName: who } }, ["client_auth"]);
  }

  private signed(
    whose: string,
    suffix: string,
    request: Omit<tls.CertRequestArgs, "privateKeyPem">,
    uses: string[],
  ): Certificate {
    const { name, own, caKey } = this;
    const key = new tls.PrivateKey(`${name}-${suffix}-key`, ellipticKey, own);
    const { certRequestPem } = new tls.CertRequest(
      `${name}-${suffix}-request`,
      { privateKeyPem: key.privateKeyPem, ...request },
      own,
    );
    const certificate = new tls.LocallySignedCert(
      `${name}-${suffix}`,
      {
        certRequestPem,
        caPrivateKeyPem: caKey.privateKeyPem,
        caCertPem: this.ca,
        setSubjectKeyId: true,
        allowedUses: ["digital_signature", ...uses],
        validityPeriodHours: LEAF_VALIDITY,
        earlyRenewalHours: LEAF_RENEWAL,
      },
      own,
    );
    this.expiries.push({ name: whose, notAfter: certificate.validityEndTime });
    return {
      chain: pulumi.all([certificate.certPem, this.ca]).apply((chain) => chain.join("")),
      privateKey: pulumi.secret(key.privateKeyPem),
    };
  }
}

const ellipticKey: tls.PrivateKeyArgs = { algorithm: "ECDSA", ecdsaCurve: "P256" };
