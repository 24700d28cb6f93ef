import { join } from "node:path";

import { execa } from "execa";

import { VSPHERE_PASSWORD } from "../../environment/load/secrets";
import { OperatorError } from "../../lib/operatorError";
import { toolchain } from "../../lib/paths";
import { MARK_KEY } from "../../vcenter/machineMark";
import { type Engine, engineVariables } from "../engine/engine";
import type { StackFile } from "../engine/stackFile";
import type { StackProject } from "../engine/stacks";
import type { MachineOrigin } from "./machineProof";

/** Milliseconds the vCenter may take for all questions of one request. */
const VCENTER_MS = 90_000;

/** What `vcenter-access` is told of the server and of who asks. */
export interface VcenterLogin {
  server: string;
  user: string;
  password: string;
  insecure: boolean;
  /** SHA-1 or SHA-256 of the only certificate that passes. @default any that is trusted */
  thumbprint?: string;
}

/** The vCenter of an environment, as far as its remains of a killed update are looked for without the engine. */
export interface Vcenter {
  /** Name of the datacenter in the inventory. */
  datacenter: string;
  /**
   * Removes a role that has exactly these privileges and is assigned to no principal; false where there is no role of that name.
   * @throws OperatorError when the vCenter cannot be asked, or the role is another one.
   */
  removeRole(name: string, privileges: readonly string[]): Promise<boolean>;
  /**
   * Where machines come from, in the order of their paths in the inventory.
   * @throws OperatorError when the vCenter cannot be asked.
   */
  machines(paths: readonly string[]): Promise<MachineOrigin[]>;
}

/**
 * Runs a command of `vcenter-access`.
 * @param next - What to do when it fails.
 * @returns What it has printed.
 * @throws OperatorError when it fails.
 */
export async function vcenterAccess(
  environment: string,
  command: "check" | "remove-role" | "origins",
  request: { vcenter: VcenterLogin; [key: string]: unknown },
  next: string,
): Promise<string> {
  const result = await execa(join(toolchain, "bin", "vcenter-access"), [command], {
    env: engineVariables(environment),
    input: JSON.stringify(request),
    reject: false,
    timeout: VCENTER_MS,
  });
  if (result.failed) {
    throw new OperatorError({
      what: "The vCenter could not be asked.",
      where: request.vcenter.server,
      why: result.stderr || result.shortMessage,
      next,
    });
  }
  return result.stdout;
}

/** The vCenter that the file of an environment names, entered with the provisioner's account when it is first asked. */
export function vcenterOf(
  engine: Engine,
  project: StackProject,
  { datacenter, vcenter }: StackFile,
): Vcenter {
  const login = async (): Promise<VcenterLogin> => ({
    ...vcenter,
    password: (await engine.secrets(project))[VSPHERE_PASSWORD] ?? "",
  });
  return {
    datacenter,
    machines: async (paths) => {
      const request = { vcenter: await login(), machines: paths, key: MARK_KEY };
      const next = "mend the cause and try again: nothing was forgotten";
      const answer = await vcenterAccess(engine.environment, "origins", request, next);
      return JSON.parse(answer) as MachineOrigin[];
    },
    removeRole: async (name, privileges) => {
      const request = { vcenter: await login(), name, privileges };
      const next = `mend the cause, or rename or remove the role ${name}, and try again: nothing was forgotten`;
      const answer = await vcenterAccess(engine.environment, "remove-role", request, next);
      return answer.trim() === "removed";
    },
  };
}
