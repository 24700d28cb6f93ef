import * as pulumi from "@pulumi/pulumi";

import { type Certificate, Signer } from "../certificates/signer";
import { CLIENTS_SERVICE, serverCertificateName } from "./consulNames";
import type { ConsulSettings } from "./settings";

/** The servers and clients that get certificates. */
export interface ConsulCertificatesArgs {
  consul: Pick<ConsulSettings, "namespace" | "datacenter" | "domain" | "certificateGeneration">;
}

/** A certificate that no URL shows, as the contract `apps` has it. */
export interface Expiry {
  /** Whose it is. */
  name: string;
  /** Its end, RFC 3339. */
  notAfter: pulumi.Output<string>;
}

/**
 * Consul's own CA, its servers' certificate and certificates of clients.
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
  /** Client certificate of tasks in the cluster. */
  readonly taskClient: Certificate;
  /** Client certificate of Traefik. */
  readonly traefikClient: Certificate;
  /** Until when each of them is good. */
  readonly expiries: Expiry[];

  constructor(
    name: string,
    { consul }: ConsulCertificatesArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("sitewright:apps:ConsulCertificates", name, {}, opts);
    const signer = new Signer(
      { commonName: consul.domain, keyName: `${name}-ca-key`, certificateName: `${name}-ca` },
      { parent: this },
    );
    this.ca = signer.certificate;

    const commonName = serverCertificateName(consul);
    const service = `${CLIENTS_SERVICE}.${consul.namespace}`;
    // Another generation is another key and another certificate.
    const server = signer.issue(`${name}-server-${consul.certificateGeneration}`, {
      request: {
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
      uses: ["server_auth", "client_auth"],
    });
    // Good for calling servers, not for being one.
    const client = (who: string) =>
      signer.issue(`${name}-${who}-client`, {
        request: { subject: { commonName: who } },
        uses: ["client_auth"],
      });
    const [task, traefik] = ["task", "traefik"].map(client);
    this.server = server;
    this.taskClient = task;
    this.traefikClient = traefik;
    this.expiries = [
      { name: "Consul's CA", notAfter: signer.notAfter },
      { name: "Consul's servers", notAfter: server.notAfter },
      { name: "Consul's tasks", notAfter: task.notAfter },
      { name: "Traefik as a client of Consul", notAfter: traefik.notAfter },
    ];
    this.registerOutputs({ ca: this.ca });
  }
}
