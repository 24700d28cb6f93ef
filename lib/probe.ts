import { existsSync, readFileSync } from "node:fs";
import { request } from "node:https";
import { rootCertificates, type TLSSocket } from "node:tls";

import { plainFingerprint } from "./digests/certificateFingerprint";

/** What a URL of the site answers. */
export interface Answer {
  /** `HTTP 200`, or why there was no answer. */
  text: string;
  /** HTTP status code; undefined when there was no answer. */
  status?: number;
  /** What the host has served, trusted or not. */
  certificate?: {
    /** SHA-256 in the form of the contracts. */
    sha256: string;
    expires: Date;
    /** Why it is not accepted for this host; undefined when it is. */
    fault?: string;
  };
}

/**
 * Asks for a URL at the load balancer's address, whatever the operator's own resolver says of its name, and verifies the
 * certificate for that name. The answer of a host whose certificate is not accepted is read all the same, because a person
 * wants to know both; nothing secret is sent. Waits 5 s at most.
 * @param authorities Certificates of those who may have signed, PEM.
 */
export function probe(url: string, address: string, authorities: string[]): Promise<Answer> {
  const { hostname, port, pathname } = new URL(url);
  return new Promise((resolve) => {
    const attempt = request(
      {
        host: address,
        port: port || 443,
        path: pathname,
        servername: hostname,
        headers: { host: hostname },
        ca: authorities,
        rejectUnauthorized: false,
        timeout: 5_000,
        agent: false,
      },
      (response) => {
        const certificate = served(response.socket as TLSSocket);
        const { statusCode: status = 0 } = response;
        response.resume();
        resolve({ text: `HTTP ${status}`, status, certificate });
      },
    );
    attempt.on("timeout", () => attempt.destroy(new Error("no answer within 5 s")));
    attempt.on("error", (error) => resolve({ text: error.message }));
    attempt.end();
  });
}

function served(socket: TLSSocket): Answer["certificate"] {
  const { fingerprint256, valid_to: validTo } = socket.getPeerCertificate();
  // Declared as an Error, and the code of one when it comes from the verification of the chain.
  const fault = socket.authorizationError as Error | string | null | undefined;
  return {
    sha256: plainFingerprint(fingerprint256),
    expires: new Date(validTo),
    ...(socket.authorized || !fault
      ? {}
      : { fault: fault instanceof Error ? fault.message : fault }),
  };
}

/** Where systems keep the authorities that all their programs trust. */
const BUNDLES = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

/** The authorities that this machine trusts; where it does not say, those that come with Node.js. */
export function systemAuthorities(): string[] {
  const bundle = BUNDLES.find((path) => existsSync(path));
  return bundle === undefined ? [...rootCertificates] : [readFileSync(bundle, "utf8")];
}
