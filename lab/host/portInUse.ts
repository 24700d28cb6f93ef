import { createServer } from "node:net";

import { execa } from "execa";

import { OperatorError } from "../../lib/operatorError";
import { holderOf } from "./portHolder";

/**
 * Checks that no program listens on an address yet. An address that this machine does not have yet counts as free: the
 * network that brings it may still be created.
 * @param address host:port
 * @param purpose who wants it: "the simulated vCenter"
 * @throws OperatorError that names the process that has the port, where the system tells.
 */
export async function checkPortIsFree(address: string, purpose: string): Promise<void> {
  const { hostname, port } = new URL(`tcp://${address}`);
  const error = await tryToListen(hostname, Number(port));
  if (error === undefined || error.code === "EADDRNOTAVAIL") {
    return;
  }
  const inUse = error.code === "EADDRINUSE";
  throw new OperatorError({
    what: inUse
      ? `${purpose} needs a port that is in use.`
      : `${purpose} cannot listen on its address.`,
    where: address,
    why: inUse ? await listener(Number(port)) : error.message,
    next: "end that process, or change vsphere.server in the environment's file, then run make up again",
  });
}

function tryToListen(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", resolve);
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

/** The process that listens on a port, from `ss`. */
async function listener(port: number): Promise<string> {
  const args = [
    "--no-header",
    "--listening",
    "--tcp",
    "--numeric",
    "--processes",
    `sport = :${port}`,
  ];
  const { stdout = "" } = await execa("ss", args, { reject: false });
  return holderOf(stdout) ?? "the process cannot be told";
}
