import { execa } from "execa";

import type { Reader } from "./backend/backend";

/**
 * The engine of the update or destroy that this process is a step of, and its backend: it adds no variables of its own.
 *
 * @param environment - Name of its stacks.
 */
export function surroundingEngine(environment: string): Reader {
  return {
    environment,
    backendUrl: process.env.PULUMI_BACKEND_URL ?? "",
    capture: async ({ directory }, args) => {
      const { failed, stdout, stderr, shortMessage } = await execa("pulumi", args, {
        cwd: directory,
        reject: false,
        stdin: "ignore",
        timeout: 120_000,
      });
      return { ok: !failed, stdout, stderr: stderr || (shortMessage ?? "") };
    },
  };
}
