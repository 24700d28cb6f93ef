import type { Environment } from "../environment/schema";
import { type LabContainer, labContainers, labNetworkNames, serverVersion } from "./docker";
import { labNetworks } from "./layout";
import { firewallStands } from "./network/firewall";
import { occupant } from "./occupant";
import type { Part } from "./parts";
import { answers, runningVcenter } from "./vcenter/vcenter";

/** Looks at every part of the lab, without changing anything. */
export async function labParts(environment: Environment): Promise<Part[]> {
  const other = occupant();
  if (other !== undefined && other !== environment.stack) {
    return [{ name: "lab", ok: false, text: `is up for the environment ${other}` }];
  }
  const version = await serverVersion();
  if (version === undefined) {
    return [{ name: "docker", ok: false, text: "does not answer" }];
  }
  const [containers, networks, firewall, vcenter] = await Promise.all([
    labContainers(),
    labNetworkNames(),
    firewallStands(),
    answers(environment.vsphere.server),
  ]);
  const process = runningVcenter();
  return [
    { name: "docker", ok: true, text: version },
    ...labNetworks(environment).map(({ name, cidr }) => {
      const ok = networks.includes(name);
      return { name: `network ${name}`, ok, text: ok ? cidr : "missing" };
    }),
    { name: "firewall", ok: firewall, text: firewall ? "in force" : "missing" },
    ...["resolver", "registry"].map((kind) => serviceOf(kind, containers)),
    {
      name: "vCenter",
      ok: vcenter && process !== undefined,
      text:
        process === undefined
          ? "not running"
          : `process ${process.pid}, https://${environment.vsphere.server}/sdk ${vcenter ? "answers" : "does not answer"}`,
    },
    ...machines(containers),
  ];
}

function serviceOf(kind: string, containers: LabContainer[]): Part {
  const state = containers.find((container) => container.kind === kind)?.state ?? "missing";
  return { name: kind, ok: state === "running", text: state };
}

/** Machines are the stacks' business: what state they are in does not decide whether the lab stands. */
function machines(containers: LabContainer[]): Part[] {
  return containers
    .filter(({ kind }) => kind === "machine")
    .map(({ name, state }) => ({ name: `machine ${name}`, ok: true, text: state }));
}
