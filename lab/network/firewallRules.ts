import type { Flow } from "../../environment/flows";
import { contains } from "../../lib/ipv4";
import type { LabNetwork } from "../layout";

/** Chain for packets that the host forwards; docker's chain DOCKER-USER jumps to it. */
export const FORWARD_CHAIN = "SITEWRIGHT-LAB";
/** Chain for packets from the lab to the host itself; INPUT jumps to it. */
export const HOST_CHAIN = "SITEWRIGHT-HOST";

/** A refusal that the sender hears of at once, instead of waiting for an answer that never comes. */
const REFUSE = "-j REJECT --reject-with icmp-admin-prohibited";

/** A set of rules as iptables-restore reads it, and the flows that no rule was made for. */
export interface Firewall {
  rules: string;
  /** Flows with an end outside the lab. They stay closed: a lab has no way out. */
  outside: Flow[];
}

/**
 * The firewall between the lab's networks: within a network everything, between networks the listed flows and their replies,
 * nothing else in or out. The host reaches the machines, they reach the host by flows to a gateway's address only, where the
 * vCenter is; another machine does not reach it there. Made for `iptables-restore --noflush`, which replaces both chains in
 * one step.
 */
export function firewallOf(networks: LabNetwork[], flows: Flow[]): Firewall {
  const inside = (address: string): boolean =>
    networks.some(({ cidr }) => contains(cidr, address.split("/")[0] as string));
  const isInside = (flow: Flow): boolean =>
    [...flow.fromAddresses, ...flow.toAddresses].every(inside);

  const within = networks.map(({ bridge }) => `-i ${bridge} -o ${bridge} -j RETURN`);
  const replies = networks.map(
    ({ bridge }) => `-i ${bridge} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
  );
  const toHost = ({ toAddresses }: Flow): boolean =>
    networks.some(({ gateway }) => toAddresses.includes(gateway));
  const inLab = flows.filter(isInside);
  const allowed = inLab
    .filter((flow) => !toHost(flow))
    .flatMap((flow) => flowRules(flow, "ACCEPT"));
  const served = inLab.filter(toHost);
  const refused = networks.flatMap(({ bridge }) => [
    `-i ${bridge} ${REFUSE}`,
    `-o ${bridge} ${REFUSE}`,
  ]);
  const host = [
    ...served.flatMap((flow) => flowRules(flow, "RETURN")),
    ...networks.flatMap(({ bridge }) => [
      `-i ${bridge} -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN`,
      `-i ${bridge} -p icmp -j RETURN`,
      `-i ${bridge} ${REFUSE}`,
    ]),
    ...served.flatMap(({ toAddresses, protocol, ports }) =>
      toAddresses.map(
        (to) =>
          `! -i lo -d ${to} -p ${protocol} -m multiport --dports ${ports.join(",")} ${REFUSE}`,
      ),
    ),
  ];
  const lines = [
    "*filter",
    `:${FORWARD_CHAIN} - [0:0]`,
    `:${HOST_CHAIN} - [0:0]`,
    ...[...within, ...replies, ...allowed, ...refused].map((rule) => `-A ${FORWARD_CHAIN} ${rule}`),
    ...host.map((rule) => `-A ${HOST_CHAIN} ${rule}`),
    "COMMIT",
  ];
  return { rules: `${lines.join("\n")}\n`, outside: flows.filter((flow) => !isInside(flow)) };
}

function flowRules(
  { fromAddresses, toAddresses, protocol, ports, reason }: Flow,
  target: "ACCEPT" | "RETURN",
): string[] {
  const comment = reason.replaceAll(/["\\]/g, "").slice(0, 255);
  return fromAddresses.flatMap((from) =>
    toAddresses.map(
      (to) =>
        `-s ${from} -d ${to} -p ${protocol} -m multiport --dports ${ports.join(",")} ` +
        `-m conntrack --ctstate NEW -m comment --comment "${comment}" -j ${target}`,
    ),
  );
}
