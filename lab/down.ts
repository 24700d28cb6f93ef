import { rmSync } from "node:fs";

import { OperatorError } from "../lib/operatorError";
import type { Progress } from "../lib/progress";
import { docker, inspect, labContainers, labNetworkNames, serverVersion } from "./docker";
import { closePages } from "./browser/browser";
import { restoreKernelLimits } from "./host/kernelLimits";
import { firewallRemains, removeFirewall } from "./network/firewall";
import type { DockerNetwork } from "./network/ranges";
import { refuseOther, vacate } from "./occupant";
import { stateFile } from "./paths";
import { SERVICE_FILES } from "./services";
import { forgetVcenter, runningVcenter, stopVcenter } from "./vcenter/vcenter";

/**
 * Takes the lab down: vCenter, containers with their volumes, networks, firewall; then what the machine's limit of
 * file watchers was, and the names and the CA that make open has written. Images and caches stay. Works on whatever
 * is left of an environment's lab, also when its vCenter has ended. The vCenter's journal goes last: it is what the machines among the containers
 * are recognised by, so a run that ends early, or without a docker that answers, leaves a lab that comes up again.
 * @throws OperatorError that lists what is left, or that the lab is another environment's or docker does not answer: then nothing
 *   was touched.
 */
export async function down(environment: string, progress: Progress): Promise<void> {
  await refuseUnremovable(environment);
  await stopVcenter();
  await removeContainers(progress);
  await removeNetworks(progress);
  await removeFirewall();
  const left = await remains();
  if (left.length > 0) {
    throw new OperatorError({
      what: "Something of the lab is left.",
      where: left.join("\n"),
      next: "remove what is not the lab's own (docker rm --force NAME), then run make down again",
    });
  }
  for (const name of SERVICE_FILES) {
    rmSync(stateFile(name), { force: true });
  }
  forgetVcenter();
  vacate();
  restoreKernelLimits(progress);
  await closePages();
  progress.note(`  lab is down (${progress.total()}); images and caches stay`);
}

/**
 * @throws OperatorError when the lab is another environment's, or docker does not answer: what there is of containers and networks can
 *   then neither be seen nor go.
 */
export async function refuseUnremovable(environment: string): Promise<void> {
  refuseOther(environment);
  if ((await serverVersion()) === undefined) {
    throw new OperatorError({
      what: "Docker does not answer, so the lab's containers and networks cannot be removed. Nothing was touched.",
      next: "start docker (systemctl start docker, or dockerd), then run make down again",
    });
  }
}

async function removeContainers(progress: Progress): Promise<void> {
  const names = (await labContainers()).map(({ name }) => name);
  if (names.length > 0) {
    await progress.step(`${names.length} containers`, () =>
      docker(["rm", "--force", "--volumes", ...names]),
    );
  }
}

/** A network with a container that is not the lab's cannot be removed; what is left is listed at the end. */
async function removeNetworks(progress: Progress): Promise<void> {
  const names = await labNetworkNames();
  if (names.length > 0) {
    await progress.step(`networks ${names.join(", ")}`, async () => {
      for (const name of names) {
        await docker(["network", "rm", name]).catch(() => undefined);
      }
    });
  }
}

async function usersOf(network: string): Promise<string> {
  const found = await inspect<DockerNetwork>("network", network);
  const users = Object.values(found?.Containers ?? {}).map(({ Name }) => Name);
  return users.length === 0 ? "" : `, in use by ${users.join(", ")}`;
}

async function remains(): Promise<string[]> {
  const vcenter = runningVcenter();
  const containers = await labContainers();
  const networks = await labNetworkNames();
  return [
    ...(vcenter === undefined ? [] : [`vCenter, process ${vcenter.pid}`]),
    ...containers.map(({ name, state }) => `container ${name} (${state})`),
    ...(await Promise.all(
      networks.map(async (name) => `docker network ${name}${await usersOf(name)}`),
    )),
    ...((await firewallRemains()) ? ["firewall rules"] : []),
  ];
}
