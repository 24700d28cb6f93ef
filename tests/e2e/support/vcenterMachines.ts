import { join } from "node:path";

import { execa } from "execa";

import type { Environment } from "../../../environment/schema";
import { stateDirectory, toolchain } from "../../../lib/paths";

/** Runs a command of the lab's vCenter; what it printed. */
async function vcenter(command: string, ...args: string[]): Promise<string> {
  const config = join(stateDirectory(), "lab", "vcenter.json");
  const program = join(toolchain, "lab", "vcenter");
  const { stdout } = await execa(program, [command, "--config", config, ...args], {
    timeout: 60_000,
  });
  return stdout;
}

/** What the lab's vCenter has, without its template. */
export async function inventory(): Promise<{
  folders: string[];
  virtualMachines: { name: string; uuid: string }[];
}> {
  return JSON.parse(await vcenter("inventory")) as Awaited<ReturnType<typeof inventory>>;
}

/** Deletes a machine of a site in the lab's vCenter, as an administrator does by hand. */
export async function deleteMachine(
  { datacenter, folder }: Pick<Environment["vsphere"], "datacenter" | "folder">,
  name: string,
): Promise<void> {
  await vcenter("delete-machine", "--machine", ["", datacenter, "vm", folder, name].join("/"));
}
