import { type IncomingHttpHeaders, request as httpRequest } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import type { PeerCertificate, TLSSocket } from "node:tls";

/** A request. */
export interface Asked {
  /** Host name: of the request, and of the certificate. */
  host: string;
  /** @default "/" */
  path?: string;
  /** @default "GET" */
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** Milliseconds after which it is given up. @default 10000 */
  limit?: number;
  /** TLS of an older kind, or of less choice, than this machine would speak; and the client's own certificate. */
  tls?: Pick<RequestOptions, "minVersion" | "maxVersion" | "ciphers" | "cert" | "key">;
}

/** How to reach the server. */
export interface Way {
  /** Where the connection goes. */
  address: string;
  /** @default 443 with `ca`, else 80 */
  port?: number;
  /** CAs that are trusted, PEM. Default: plain HTTP. */
  ca?: string | string[];
}

/** The answer. */
export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
  /** The server's, by HTTPS. */
  certificate?: PeerCertificate;
  milliseconds: number;
}

/**
 * Sends one request over a connection of its own; verifies the certificate with TLS. Rejects after its limit. The path is sent as it is,
 * not put in order first.
 */
export function get(
  { host, path = "/", method = "GET", headers = {}, body, limit = 10_000, tls }: Asked,
  { address, ca, port = ca === undefined ? 80 : 443 }: Way,
): Promise<Answer> {
  const started = Date.now();
  return new Promise((resolve, reject) => {
    const common = {
      host: address,
      port,
      path,
      method,
      headers: { ...headers, host },
      agent: false,
    };
    const attempt =
      ca === undefined
        ? httpRequest(common)
        : httpsRequest({ ...common, servername: host, ca, ...tls });
    const timer = setTimeout(
      () => attempt.destroy(new Error(`no answer within ${limit} ms`)),
      limit,
    );
    attempt.on("response", (response) => {
      const certificate =
        ca === undefined ? undefined : (response.socket as TLSSocket).getPeerCertificate();
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("error", reject);
      response.on("end", () => {
        clearTimeout(timer);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: text,
          milliseconds: Date.now() - started,
          ...(certificate === undefined ? {} : { certificate }),
        });
      });
    });
    attempt.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    attempt.end(body);
  });
}

/** The Authorization header of a user. */
export function basicAuth(user: string, password: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` };
}
