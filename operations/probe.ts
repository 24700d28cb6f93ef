import { request } from "node:https";

/** What a URL of the site answers. */
export interface Answer {
  ok: boolean;
  /** `HTTP 200`, or why there was no answer. */
  text: string;
}

/**
 * Asks for a URL at the load balancer's address, whatever the operator's own resolver says of its
 * name, and verifies the certificate for that name with the ingress CA. Waits 5 s at most.
 */
export function probe(url: string, address: string, ca: string): Promise<Answer> {
  const { hostname, port, pathname } = new URL(url);
  return new Promise((resolve) => {
    const attempt = request(
      {
        host: address,
        port: port || 443,
        path: pathname,
        servername: hostname,
        headers: { host: hostname },
        ca,
        timeout: 5_000,
        agent: false,
      },
      (response) => {
        response.resume();
        const { statusCode = 0 } = response;
        resolve({ ok: statusCode >= 200 && statusCode < 400, text: `HTTP ${statusCode}` });
      },
    );
    attempt.on("timeout", () => attempt.destroy(new Error("no answer within 5 s")));
    attempt.on("error", (error) => resolve({ ok: false, text: error.message }));
    attempt.end();
  });
}
