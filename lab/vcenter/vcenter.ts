import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";

import { z } from "zod";

import type { Environment } from "../../environment/schema";
import { readIfThere, replaceFile } from "../../lib/files";
import { fingerprint, stampOf } from "../../lib/digests/fingerprint";
import { OperatorError } from "../../lib/operatorError";
import { waitFor } from "../../lib/poll";
import { isProcess, logTail, startDetached } from "../../lib/process";
import type { Progress } from "../../lib/progress";
import { checkPortIsFree } from "../host/portInUse";
import { labBinaries, stateFile } from "../paths";
import { certificatesFolder } from "./certificates";
import { vcenterConfig } from "./config";
import { forgetVcenterPasswords, vcenterAccounts } from "./passwords";

const configFile = stateFile("vcenter.json");
const processFile = stateFile("vcenter.pid");
const journal = stateFile("vcenter");
const log = stateFile("vcenter.log");

/** Seconds until the vCenter must answer; with machines to find again it takes some of them. */
const START_DEADLINE = 60;
const STOP_DEADLINE = 20;

const runningSchema = z.object({
  pid: z.int(),
  /** Fingerprint of what it was started with. */
  started: z.string(),
});

/**
 * Starts the simulated vCenter: a process of its own that runs on after this one. It is restarted when its configuration
 * or program changed, and finds its machines again. Passwords it reads at each login.
 * @throws OperatorError with the end of its log when it does not come up.
 */
export async function ensureVcenter(
  environment: Environment,
  image: string,
  progress: Progress,
): Promise<void> {
  const accounts = vcenterAccounts(environment);
  const place = { image, accounts, certificates: certificatesFolder, stateDirectory: journal };
  const config = `${JSON.stringify(vcenterConfig(environment, place), null, 2)}\n`;
  const program = join(labBinaries(), "vcenter");
  const certificate = readFileSync(join(certificatesFolder, "vcenter.crt"), "utf8");
  const wanted = fingerprint(config, certificate, stampOf(program));
  const running = runningVcenter();
  const { server } = environment.vsphere;
  if (running?.started === wanted && (await answers(server))) {
    return;
  }
  await progress.step(`vCenter (simulator) on ${server}`, async () => {
    await stopVcenter();
    await checkPortIsFree(server, "the simulated vCenter");
    mkdirSync(journal, { recursive: true, mode: 0o700 });
    replaceFile(configFile, config, 0o600);
    const child = startDetached(program, ["serve", "--config", configFile], log);
    replaceFile(processFile, JSON.stringify({ pid: child.pid, started: wanted }), 0o600);
    const isUp = await waitFor(async () => child.hasEnded() || answers(server), {
      deadline: START_DEADLINE * 1000,
    });
    if (!isUp || child.hasEnded()) {
      throw new OperatorError({
        what: child.hasEnded()
          ? "The simulated vCenter ended as soon as it was started."
          : `The simulated vCenter does not answer within ${START_DEADLINE} s.`,
        where: log,
        why: logTail(log),
        next: "mend the cause the log names, then run make up again",
      });
    }
  });
}

/** Ends the vCenter's process, if there is one. Its machines run on. */
export async function stopVcenter(): Promise<void> {
  const running = runningVcenter();
  if (running === undefined) {
    return;
  }
  process.kill(running.pid, "SIGTERM");
  if (
    !(await waitFor(async () => runningVcenter() === undefined, { deadline: STOP_DEADLINE * 1000 }))
  ) {
    process.kill(running.pid, "SIGKILL");
    await waitFor(async () => runningVcenter() === undefined, { deadline: STOP_DEADLINE * 1000 });
  }
}

/**
 * Forgets the inventory and what the process was started with; the log stays for whoever looks for a cause. The journal goes in
 * one step: half of it would bring back half of the machines.
 */
export function forgetVcenter(): void {
  const going = `${journal}.going`;
  rmSync(going, { recursive: true, force: true });
  if (existsSync(journal)) {
    renameSync(journal, going);
  }
  for (const path of [going, configFile, processFile]) {
    rmSync(path, { recursive: true, force: true });
  }
  forgetVcenterPasswords();
}

/** The process that the last start left behind, if it still runs. */
export function runningVcenter(): z.output<typeof runningSchema> | undefined {
  const text = readIfThere(processFile);
  if (text === undefined) {
    return undefined;
  }
  const running = runningSchema.parse(JSON.parse(text));
  return isProcess(running.pid, configFile) ? running : undefined;
}

/** Whether the vCenter answers, with a certificate of the lab's authority. Waits 3 s at most. */
export function answers(server: string): Promise<boolean> {
  const ca = readIfThere(join(certificatesFolder, "ca.crt"));
  return new Promise((resolve) => {
    const url = `https://${server}/sdk/vimServiceVersions.xml`;
    const attempt = request(url, { ca, timeout: 3000, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    attempt.on("timeout", () => attempt.destroy());
    attempt.on("error", () => resolve(false));
    attempt.end();
  });
}
