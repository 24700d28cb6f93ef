import { type Flow, flowsOf, separateZones } from "../environment/flows";
import type { Environment } from "../environment/schema";

/** nftables refuses a longer comment (NFTNL_UDATA_COMMENT_MAXLEN). */
const LONGEST_COMMENT = 128;

/** What the rules are made of. */
type Site = Parameters<typeof flowsOf>[0] & Pick<Environment, "stack" | "zones">;

/**
 * A ruleset for a firewall by nftables between the zones: what goes into or out of a separate zone is let through where it is a
 * listed flow or the reply to one, and refused otherwise, so that the sender hears of it at once. All else that the firewall
 * forwards is left to its other tables. Loading it replaces what an earlier one has set, in one step: `nft -f <file>`.
 */
export function flowsNftables(site: Site): string {
  const separate = separateZones(site).map((name) => ({ name, cidr: site.zones[name].cidr }));
  const lines = [
    "#!/usr/sbin/nft -f",
    `# The flows of the environment ${site.stack}, made by: make flows ENV=${site.stack} FORMAT=nftables`,
    ...separate.map(({ name, cidr }) => `# Separate: zone ${name}, ${cidr}.`),
    "# A packet that this table accepts can still be dropped by another one.",
    "",
    "# Declared and deleted first: a table that is not there cannot be deleted.",
    "table inet sitewright",
    "delete table inet sitewright",
    "",
    "table inet sitewright {",
    "    chain forward {",
    "        type filter hook forward priority filter; policy accept;",
    ...separate.flatMap(({ cidr }) => [
      `        ip saddr ${cidr} goto flows`,
      `        ip daddr ${cidr} goto flows`,
    ]),
    "    }",
    "",
    "    chain flows {",
    "        ct state established,related accept",
    ...flowsOf(site).map((flow) => `        ${rule(flow)}`),
    "        counter reject with icmpx admin-prohibited",
    "    }",
    "}",
  ];
  return `${lines.join("\n")}\n`;
}

function rule({ fromAddresses, toAddresses, protocol, ports, reason }: Flow): string {
  return [
    `ip saddr ${set(fromAddresses)} ip daddr ${set(toAddresses)}`,
    `${protocol} dport ${set(ports)} ct state new accept comment "${comment(reason)}"`,
  ].join(" ");
}

function set(elements: readonly (string | number)[]): string {
  return `{ ${elements.join(", ")} }`;
}

/** Printable ASCII without what would end the text. */
function comment(reason: string): string {
  return reason.replaceAll(/[^ -~]|["\\]/g, "").slice(0, LONGEST_COMMENT);
}
