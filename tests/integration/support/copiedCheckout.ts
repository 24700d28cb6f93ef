import { copyFileSync, cpSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";

import { checkout, toolchain } from "../../../lib/paths";

/** Puts into a folder what the commands of make need of the checkout, but for the folders of the projects. */
export function copyCheckout(root: string): void {
  cpSync(join(checkout, "dist"), join(root, "dist"), { recursive: true });
  for (const name of ["node_modules", ".toolchain"]) {
    symlinkSync(join(checkout, name), join(root, name));
  }
  const stackFiles = readdirSync(checkout).filter((name) => /^Pulumi\..*yaml$/.test(name));
  for (const name of ["package.json", ...stackFiles]) {
    copyFileSync(join(checkout, name), join(root, name));
  }
}

/** All variables of an engine that has everything in this folder; its backend is the folder `backend` there. */
export function variablesIn(root: string): Record<string, string> {
  return {
    PATH: `${join(toolchain, "bin")}:${process.env.PATH ?? ""}`,
    HOME: root,
    XDG_STATE_HOME: join(root, "home"),
    PULUMI_HOME: join(root, "pulumi-home"),
    PULUMI_BACKEND_URL: `file://${join(root, "backend")}?metadata=skip`,
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}
