import type { Environment } from "../../environment/schema";
import type { Kubectl } from "../../kubernetes/kubectl";
import { OperatorError } from "../../lib/operatorError";
import {
  API_SERVICE,
  connectCommand,
  CONNECTED,
  eventually,
  networkPod,
  onlyFrom,
  outcomeOf,
  PORT,
  REFUSALS,
  serviceBefore,
} from "./networkPods";

/** Where `make smoke` makes its pods. */
export const SMOKE_NAMESPACE = "sitewright-smoke";

/** The nodes of a zone whose pods are tested. */
export interface Place {
  zone: string;
  /** The node of the server pod. */
  server: string;
  /** The node of the client pods; another one where the zone has two ready workers. */
  clients: string;
}

/** One thing that was tested. */
export interface Check {
  zone: string;
  check: string;
  /** Client and server pod, with their nodes. */
  pods: string;
  ok: boolean;
  /** What came of it. */
  answer: string;
}

/** Two ready workers of each zone, one where there is no other; and what keeps a zone from being tested. */
export function placesOf(
  { nodes, zones }: Pick<Environment, "nodes" | "zones">,
  isReady: (node: string) => boolean,
): { places: Place[]; missing: string[] } {
  const places: Place[] = [];
  const missing: string[] = [];
  for (const zone of Object.keys(zones)) {
    const workers = nodes.filter((node) => node.role === "worker" && node.zone === zone);
    const [server, clients = server] = workers.map(({ name }) => name).filter(isReady);
    if (server !== undefined && clients !== undefined) {
      places.push({ zone, server, clients });
    } else if (workers.length > 0) {
      missing.push(`zone ${zone}: none of its workers is ready`);
    }
  }
  return { places, missing };
}

const serverOf = ({ zone }: Place) => `server-${zone}`;
const friendOf = ({ zone }: Place) => `friend-${zone}`;
const strangerOf = ({ zone }: Place) => `stranger-${zone}`;

/** The pods of a zone: one that is asked, one that the policy will name and one that it will not. */
export function podsOf(place: Place, image: string): object[] {
  const namespace = SMOKE_NAMESPACE;
  const name = serverOf(place);
  return [
    networkPod({ namespace, name, node: place.server, image }),
    serviceBefore({ namespace, name }),
    networkPod({ namespace, name: friendOf(place), node: place.clients, image }),
    networkPod({ namespace, name: strangerOf(place), node: place.clients, image }),
  ];
}

/** Tests a zone whose pods are ready. If the server is not reachable, the policy is not tested. */
export async function checkZone(
  api: Pick<Kubectl, "create" | "exec">,
  place: Place,
  pauses: { readySeconds?: number; interval?: number } = {},
): Promise<Check[]> {
  const { zone, server, clients } = place;
  const [asked, friend, stranger] = [serverOf(place), friendOf(place), strangerOf(place)];
  const served = `${asked}:${PORT}`;
  const test = async (
    check: string,
    expected: readonly string[],
    from: string,
    to: { address: string; shown: string },
  ): Promise<Check> => {
    const ask = () => connect(api, from, to.address);
    const answer = await eventually(expected, ask, {
      seconds: pauses.readySeconds,
      interval: pauses.interval,
    });
    const pods = `${from} on ${clients} -> ${to.shown}`;
    return { zone, check, pods, ok: expected.includes(answer), answer };
  };
  const toServer = { address: served, shown: `${asked} on ${server}` };
  const named = await test("a name is found, the API answers", [CONNECTED], friend, {
    address: API_SERVICE,
    shown: "kubernetes.default",
  });
  const reached = await test("a pod reaches another", [CONNECTED], stranger, toServer);
  if (!reached.ok) {
    // A client that reaches nothing would look as if the policy kept it out.
    return [named, reached];
  }
  await api.create(onlyFrom(SMOKE_NAMESPACE, asked, friend));
  return [
    ...[named, reached],
    await test("a NetworkPolicy keeps out whom it does not name", REFUSALS, stranger, toServer),
    await test("and lets in whom it names", [CONNECTED], friend, toServer),
  ];
}

async function connect(api: Pick<Kubectl, "exec">, pod: string, address: string): Promise<string> {
  try {
    const place = { namespace: SMOKE_NAMESPACE, pod, container: "agnhost" };
    await api.exec(place, connectCommand(address), "");
    return CONNECTED;
  } catch (error) {
    if (error instanceof OperatorError) {
      return outcomeOf(error.fault.why ?? error.fault.what);
    }
    throw error;
  }
}
