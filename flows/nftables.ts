import { type Flow, flowsOf, separateZones } from "../environment/flows";
import type { Environment } from "../environment/schema";

/** nftables refuses a longer comment (NFTNL_UDATA_COMMENT_MAXLEN). */
const LONGEST_COMMENT = 128;

/** What the rules are rendered from. */
type Site = Parameters<typeof flowsOf>[0] & Pick<Environment, "stack" | "zones">;

/**
 * Rules for an nftables firewall between the zones. They accept traffic into or out of a separate zone if it is a listed flow or a
 * reply to one, and reject all other, so that the sender knows at once. Other traffic is left to the firewall's other tables. Load
 * them with `nft -f <file>`, which replaces an earlier version in one step.
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

/** Printable ASCII, without characters that would end the text. */
function comment(reason: string): string {
  return reason.replaceAll(/[^ -~]|["\\]/g, "").slice(0, LONGEST_COMMENT);
}
