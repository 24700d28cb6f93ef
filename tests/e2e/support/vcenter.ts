import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";

import { execa } from "execa";

import type { Environment } from "../../../environment/schema";
import { stateDirectory, toolchain } from "../../../lib/paths";

const lab = join(stateDirectory(), "lab");
const passwordFile = (key: string): string => join(lab, "vcenter-passwords", key.replace(":", "-"));

/** The password of an account as the lab's vCenter has it, by its key in the configuration. */
export const passwordInVcenter = (key: string): string => readFileSync(passwordFile(key), "utf8");

/** Stands for an administrator who changes a password in the vCenter's single sign-on: the simulator reads it at each login. */
export function changePasswordInVcenter(key: string, password: string): void {
  writeFileSync(passwordFile(key), password, { mode: 0o600 });
}

/** How the lab's vCenter answers a login: 200 or 201 with a session, 401 without. Waits 10 s at most. */
export function loginStatus(server: string, user: string, password: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(
      `https://${server}/rest/com/vmware/cis/session`,
      {
        method: "POST",
        auth: `${user}:${password}`,
        ca: readFileSync(join(lab, "certificates", "ca.crt")),
        timeout: 10_000,
        agent: false,
      },
      (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode ?? 0));
      },
    );
    asked.on("timeout", () => asked.destroy(new Error("the vCenter does not answer")));
    asked.on("error", reject);
    asked.end();
  });
}

/** Runs a command of the lab's vCenter; what it printed. */
async function vcenter(command: string, ...args: string[]): Promise<string> {
  const config = join(lab, "vcenter.json");
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
