import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

import { run } from "../../lib/command";
import { OperatorError } from "../../lib/operatorError";
import type { Progress } from "../../lib/progress";

/** Programs the lab calls on this machine, and the Debian packages that have them. */
const TOOLS: Record<string, string> = {
  dockerd: "docker.io",
  docker: "docker.io",
  iptables: "iptables",
  "iptables-restore": "iptables",
  ip: "iproute2",
  debootstrap: "debootstrap",
  "dpkg-deb": "dpkg",
};

const INSTALLATION = { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };

/**
 * Makes sure that the programs which the lab calls are there; installs missing ones where apt can.
 * @throws OperatorError when the operator is not root, or something is missing and there is no apt.
 */
export async function ensureHostTools(progress: Progress): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new OperatorError({
      what: "The lab needs root: it makes a system image, networks and firewall rules.",
      next: "run the command as root, for instance: sudo make up",
    });
  }
  const packages = missingPackages((program) => find(program) !== undefined);
  if (packages.length === 0) {
    return;
  }
  if (find("apt-get") === undefined) {
    throw new OperatorError({
      what: `The lab needs programs that are not installed, and this machine has no apt to install them with.`,
      where: `packages ${packages.join(", ")} (names as in Debian)`,
      next: "install them, then run make up again",
    });
  }
  await progress.step(`apt-get install ${packages.join(" ")}`, async () => {
    const next = `apt-get install ${packages.join(" ")}, then run make up again`;
    const what = "apt-get could not install what the lab needs.";
    const options = { env: INSTALLATION };
    await run("apt-get", ["update", "-qq"], { what, next }, options);
    const install = ["install", "-y", "-qq", "--no-install-recommends", ...packages];
    await run("apt-get", install, { what, next }, options);
  });
}

/** Packages of the programs that are not there. */
export function missingPackages(isThere: (program: string) => boolean): string[] {
  const missing = Object.entries(TOOLS).filter(([program]) => !isThere(program));
  return [...new Set(missing.map(([, name]) => name))];
}

/** Path of a program, as a shell would find it; /usr/sbin is looked into even when PATH leaves it out. */
export function find(program: string): string | undefined {
  return [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"]
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path));
}
