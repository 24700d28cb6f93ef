import { ensureDockerDaemon } from "./dockerDaemon";
import { ensureHostTools } from "./tools";
import { ensureKernelLimits } from "./kernelLimits";
import type { Progress } from "../../lib/progress";

/**
 * Sees to what the lab asks of this machine itself: programs, kernel limits, a docker daemon that answers.
 * @throws OperatorError naming what is missing where it cannot be installed or started.
 */
export async function ensureHost(progress: Progress): Promise<void> {
  await ensureHostTools(progress);
  ensureKernelLimits(progress);
  await ensureDockerDaemon(progress);
}
