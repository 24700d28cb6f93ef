import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { execa } from "execa";

import type { Environment } from "../../environment/schema";
import { lastLines } from "../../lib/command";
import { OperatorError } from "../../lib/operatorError";
import { labBinaries } from "../paths";
import { bundleWith, issueCertificate } from "./certificates";
import { vcenterConfig } from "./config";

/** A simulated vCenter that lives as long as a piece of work. */
export interface Simulator {
  /** host:port on the loopback interface. */
  server: string;
  /** Password of the environment's account in it; another one each time. */
  password: string;
  /** File with the system's authorities and that of its certificate, for SSL_CERT_FILE. */
  authorities: string;
  /** Ends it and waits until it has. */
  stop(): Promise<void>;
}

/** Seconds until it must answer. */
const START_DEADLINE = 20;
const READY = /ready: https:\/\/([^/\s]+)\/sdk/;

/**
 * Starts a vCenter on a free port of the loopback interface, with everything in it that the environment names. Its machines
 * are entries in memory: there is no container behind them, and no docker is needed.
 *
 * @param password - What the environment's account has to say.
 * @param folder - Its files, the certificates among them; an empty folder that the caller removes.
 * @throws OperatorError with what it printed when it does not come up.
 */
export async function startSimulator(
  environment: Environment,
  password: string,
  folder: string,
): Promise<Simulator> {
  const program = join(labBinaries(), "vcenter");
  const certificates = join(folder, "certificates");
  await issueCertificate(certificates, ["127.0.0.1"]);
  const config = vcenterConfig(
    { ...environment, vsphere: { ...environment.vsphere, server: "127.0.0.1:0" } },
    {
      certificates,
      accounts: [{ user: environment.vsphere.user, passwordFile: join(folder, "password") }],
      stateDirectory: join(folder, "state"),
    },
  );
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, "password"), password, { mode: 0o600 });
  writeFileSync(join(folder, "vcenter.json"), JSON.stringify(config), { mode: 0o600 });
  const authorities = join(folder, "authorities.crt");
  writeFileSync(authorities, bundleWith(join(certificates, "ca.crt")));

  const child = execa(program, ["serve", "--config", join(folder, "vcenter.json")], {
    all: true,
    reject: false,
    stdin: "ignore",
  });
  let log = "";
  const server = await new Promise<string | undefined>((resolve) => {
    child.all.on("data", (chunk: Buffer) => {
      log += chunk.toString();
      const ready = READY.exec(log);
      if (ready !== null) {
        resolve(ready[1]);
      }
    });
    void child.then(() => resolve(undefined));
    setTimeout(() => resolve(undefined), START_DEADLINE * 1000).unref();
  });
  const stop = async () => {
    child.kill("SIGTERM");
    await child;
  };
  if (server === undefined) {
    await stop();
    throw new OperatorError({
      what: "The simulated vCenter for a preview does not come up.",
      where: program,
      why: lastLines(log),
      next: "mend the cause and try again",
    });
  }
  return { server, password, authorities, stop };
}
