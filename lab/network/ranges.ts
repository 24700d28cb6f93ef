import { overlap } from "../../lib/ipv4";
import type { LabNetwork } from "../layout";

/** Option of a docker network that names its bridge. */
export const BRIDGE_NAME = "com.docker.network.bridge.name";

/** What `docker network inspect` tells, as far as it is used. */
export interface DockerNetwork {
  Name: string;
  IPAM: { Config: { Subnet?: string }[] | null };
  Options: Record<string, string> | null;
  Containers: Record<string, { Name: string }> | null;
}

/** Whether a network of that name is the lab's and has its range and bridge. */
export function isAsWanted(existing: DockerNetwork, wanted: LabNetwork): boolean {
  return (
    existing.IPAM.Config?.[0]?.Subnet === wanted.cidr &&
    existing.Options?.[BRIDGE_NAME] === wanted.bridge
  );
}

/** A range of addresses that is in use on this machine. */
export interface UsedRange {
  cidr: string;
  /** What uses it, in the operator's words. */
  by: string;
}

/** Which ranges of the lab are in use by others, one sentence each. */
export function clashes(networks: LabNetwork[], used: UsedRange[]): string[] {
  return networks.flatMap(({ zone, cidr }) =>
    used
      .filter((range) => overlap(range.cidr, cidr))
      .map((range) => `zone ${zone} ${cidr} overlaps ${range.cidr} of ${range.by}`),
  );
}
