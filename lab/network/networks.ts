import { execa } from "execa";

import { OperatorError } from "../../lib/operatorError";
import type { Progress } from "../../lib/progress";
import { docker, inspect } from "../docker";
import { LAB_LABEL, type LabNetwork } from "../layout";
import { BRIDGE_NAME, clashes, type DockerNetwork, isAsWanted, type UsedRange } from "./ranges";

/**
 * Makes the docker networks of the lab, each on a bridge of its own and without masquerading: an address of the lab is never
 * seen outside it, and nothing in it reaches the world.
 * @throws OperatorError before anything is made, when a range is in use on this machine.
 */
export async function ensureNetworks(networks: LabNetwork[], progress: Progress): Promise<void> {
  const missing: LabNetwork[] = [];
  for (const network of networks) {
    const existing = await inspect<DockerNetwork>("network", network.name);
    if (existing === undefined) {
      missing.push(network);
    } else if (!isAsWanted(existing, network)) {
      await removeDiffering(existing);
      missing.push(network);
    }
  }
  if (missing.length === 0) {
    return;
  }
  await checkRanges(missing, networks);
  await progress.step(`networks ${missing.map(({ name }) => name).join(", ")}`, async () => {
    for (const { name, bridge, cidr, gateway } of missing) {
      await docker([
        ...["network", "create", "--driver", "bridge", "--label", `${LAB_LABEL}=network`],
        ...["--subnet", cidr, "--gateway", gateway, "--opt", `${BRIDGE_NAME}=${bridge}`],
        ...["--opt", "com.docker.network.bridge.enable_ip_masquerade=false", name],
      ]);
    }
  });
}

async function removeDiffering({ Name, Containers }: DockerNetwork): Promise<void> {
  const users = Object.values(Containers ?? {}).map((container) => container.Name);
  if (users.length > 0) {
    throw new OperatorError({
      what: `The docker network ${Name} has another range than the environment says, and is in use.`,
      where: `containers ${users.join(", ")}`,
      next: "make down, then make up",
    });
  }
  await docker(["network", "rm", Name]);
}

async function checkRanges(missing: LabNetwork[], all: LabNetwork[]): Promise<void> {
  const used = [...(await dockerRanges(all)), ...(await routedRanges(all))];
  const found = clashes(missing, used);
  if (found.length > 0) {
    throw new OperatorError({
      what: "The lab's networks overlap networks this machine already has. Nothing was created.",
      why: found.join("\n"),
      next: "change zones.*.cidr and the addresses in it in the environment's file, or remove the other network",
    });
  }
}

async function dockerRanges(ours: LabNetwork[]): Promise<UsedRange[]> {
  const ids = (await docker(["network", "ls", "--quiet"])).split("\n").filter((id) => id !== "");
  const networks = JSON.parse(await docker(["network", "inspect", ...ids])) as DockerNetwork[];
  return networks
    .filter(({ Name }) => !ours.some(({ name }) => name === Name))
    .flatMap(({ Name, IPAM }) =>
      (IPAM.Config ?? []).flatMap(({ Subnet }) =>
        Subnet !== undefined && !Subnet.includes(":")
          ? [{ cidr: Subnet, by: `docker network ${Name}` }]
          : [],
      ),
    );
}

async function routedRanges(ours: LabNetwork[]): Promise<UsedRange[]> {
  const { stdout } = await execa("ip", ["-json", "-4", "route", "show"]);
  const routes = JSON.parse(stdout) as { dst: string; dev?: string }[];
  return routes
    .filter(({ dst, dev }) => dst !== "default" && !ours.some(({ bridge }) => bridge === dev))
    .map(({ dst, dev }) => ({
      cidr: dst.includes("/") ? dst : `${dst}/32`,
      by: `interface ${dev ?? "?"}`,
    }));
}
