import { existsSync } from "node:fs";

import { run } from "../../lib/command";
import { OperatorError } from "../../lib/operatorError";
import { waitFor } from "../../lib/poll";
import { logTail, startDetached } from "../../lib/process";
import type { Progress } from "../../lib/progress";
import { serverVersion } from "../docker";
import { stateFile } from "../paths";
import { find } from "./tools";

/** Seconds a docker daemon may take until it answers. */
const DEADLINE = 60;

/**
 * Makes sure that a docker daemon answers. Where systemd is, its service is started; else the daemon itself, which then runs on
 * after the lab.
 * @throws OperatorError with the daemon's last lines when it does not come up.
 */
export async function ensureDockerDaemon(progress: Progress): Promise<void> {
  if ((await serverVersion()) !== undefined) {
    return;
  }
  const elsewhere = process.env.DOCKER_HOST;
  if (elsewhere !== undefined && elsewhere !== "") {
    throw new OperatorError({
      what: "Docker does not answer.",
      where: `DOCKER_HOST=${elsewhere}`,
      next: "start the daemon there, or unset DOCKER_HOST to use the one of this machine",
    });
  }
  await progress.step("docker daemon", () =>
    existsSync("/run/systemd/system") ? startService() : startDaemon(),
  );
}

async function startService(): Promise<void> {
  const next = "systemctl status docker, then run make up again";
  await run("systemctl", ["start", "docker"], { what: "The docker service does not start.", next });
  if (!(await waitFor(answers, { deadline: DEADLINE * 1000 }))) {
    throw new OperatorError({
      what: `Docker does not answer ${DEADLINE} s after its service was started.`,
      next,
    });
  }
}

async function startDaemon(): Promise<void> {
  const log = stateFile("dockerd.log");
  const daemon = startDetached(find("dockerd") as string, [], log);
  const isUp = await waitFor(async () => daemon.hasEnded() || answers(), {
    deadline: DEADLINE * 1000,
  });
  if (!isUp || daemon.hasEnded()) {
    throw new OperatorError({
      what: daemon.hasEnded()
        ? "The docker daemon ended as soon as it was started."
        : `Docker does not answer within ${DEADLINE} s.`,
      where: log,
      why: logTail(log),
      next: "mend the cause the log names, then run make up again",
    });
  }
}

async function answers(): Promise<boolean> {
  return (await serverVersion()) !== undefined;
}
