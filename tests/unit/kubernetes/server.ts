import type { IncomingMessage, RequestListener } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

import type { Pair } from "./authority";

/**
 * Calls the work with the URL of an HTTPS server that asks for client certificates, as an API server does.
 *
 * @param upgrade - Takes connections that become WebSockets.
 */
export async function withServer<T>(
  pair: Pair,
  ca: string,
  answer: RequestListener,
  work: (url: string, open: () => Promise<number>) => Promise<T>,
  upgrade?: (request: IncomingMessage, socket: Duplex) => void,
): Promise<T> {
  const server = createServer(
    { ...pair, ca, requestCert: true, rejectUnauthorized: false },
    answer,
  );
  if (upgrade !== undefined) {
    server.on("upgrade", upgrade);
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as AddressInfo;
    return await work(
      `https://127.0.0.1:${port}`,
      () =>
        new Promise((resolve, reject) => {
          server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
        }),
    );
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** What an API server answers instead of an object. */
export const status = (reason: string, message: string) =>
  JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", reason, message });
