import type { Progress } from "../../lib/progress";
import { ensureDockerDaemon } from "./dockerDaemon";
import { ensureKernelLimits } from "./kernelLimits";
import { ensureHostTools } from "./tools";

/**
 * Provides what the lab needs on this machine itself: programs, kernel limits, a docker daemon that answers.
 * @throws OperatorError naming what is missing where it cannot be installed or started.
 */
export async function ensureHost(progress: Progress): Promise<void> {
  await ensureHostTools(progress);
  ensureKernelLimits(progress);
  await ensureDockerDaemon(progress);
}
