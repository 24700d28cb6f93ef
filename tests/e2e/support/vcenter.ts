import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";

import { stateDirectory } from "../../../lib/paths";

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
