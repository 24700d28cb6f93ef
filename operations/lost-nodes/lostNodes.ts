import { setTimeout as delay } from "node:timers/promises";

import type { Kubectl, KubernetesObject } from "../../kubernetes/kubectl";
import { silentHosts } from "./reachability";

/** A Node: the fields that tell whether its machine is there. */
export interface Node extends KubernetesObject {
  spec?: { taints?: { key: string; value?: string; effect: string }[] };
  status?: {
    addresses?: { type: string; address: string }[];
    conditions?: { type: string; status: string; lastTransitionTime?: string }[];
  };
}

/** What is known of a node after a call to its machine. */
export type NodeStanding =
  | "well"
  /** Its machine answers, but its kubelet is not ready: it keeps its pods and volumes. */
  | "unready"
  /** Its machine does not answer, but the API server does not miss its kubelet, or not yet. */
  | "missed"
  /** Neither its kubelet nor its machine answers. */
  | "lost";

/** A node that is gone, as far as can be told. */
export interface LostNode {
  name: string;
  /** Empty where the Node has none. */
  address: string;
}

/** Ports of the SSH server and of the kubelet. */
const PORTS = [22, 10_250];

/** How long a silent node is waited for; milliseconds. */
export interface NodePatience {
  /** Until one is lost. */
  comingBack: number;
  /** Until the API server misses the kubelet of a machine that does not answer: 40 s by default, and some more until it says so. */
  missing: number;
  interval: number;
}

const PATIENCE: NodePatience = { comingBack: 45_000, missing: 75_000, interval: 2_000 };

/** @param answers - Whether its machine has answered. */
export function standingOf({ status }: Node, answers: boolean): NodeStanding {
  const ready = status?.conditions?.find(({ type }) => type === "Ready")?.status;
  if (answers) {
    return ready === "True" ? "well" : "unready";
  }
  return ready === "Unknown" ? "lost" : "missed";
}

/**
 * The nodes of a cluster that are lost; each of them is named within a minute. Until then the search waits for a node that does not
 * answer, since it may be starting. A node that answers once is not lost.
 *
 * @param call - Which of some addresses do not answer.
 */
export async function findLostNodes(
  api: Pick<Kubectl, "list">,
  say: (line: string) => void = console.log,
  { comingBack, missing, interval }: NodePatience = PATIENCE,
  call: (hosts: string[]) => Promise<Set<string>> = (hosts) =>
    silentHosts(hosts, PORTS, { connect: 3_000, tries: 2, pause: 1_000 }),
): Promise<LostNode[]> {
  const told = new Set<string>();
  const once = (line: string): void => {
    if (!told.has(line)) {
      told.add(line);
      say(line);
    }
  };
  for (const begun = Date.now(); ; await delay(interval)) {
    const nodes = await api.list<Node>("nodes", {});
    const silent = await call(nodes.map(addressOf));
    const standings = nodes.map((node) => ({
      name: node.metadata.name,
      address: addressOf(node),
      standing: standingOf(node, !silent.has(addressOf(node))),
    }));
    const absent = standings.filter(({ standing }) => ["missed", "lost"].includes(standing));
    const isMissed = absent.some(({ standing }) => standing === "missed");
    if (absent.length > 0 && Date.now() - begun < (isMissed ? missing : comingBack)) {
      absent.forEach(({ name, address }) => once(`Node ${name} does not answer at ${address}.`));
      continue;
    }
    for (const { name, standing } of standings) {
      if (standing === "unready") {
        once(`Node ${name} is not ready, but its machine answers: it is left as it is.`);
      } else if (standing === "missed") {
        once(`Its kubelet reports to the API, though: ${name} is left as it is.`);
      }
    }
    return standings.flatMap(({ name, address, standing }) =>
      standing === "lost" ? [{ name, address }] : [],
    );
  }
}

function addressOf({ status, metadata }: Node): string {
  return status?.addresses?.find(({ type }) => type === "InternalIP")?.address ?? metadata.name;
}
