import { exportsOf } from "../environment/exports";
import { flowsOf } from "../environment/flows";
import { entryAddress, loadBalancerMachines } from "../environment/loadBalancers";
import type { Environment } from "../environment/schema";
import { contains } from "../lib/ipv4";
import { flowsDiagram } from "./diagram";
import { exportsMarkdown, flowsMarkdown, markdownTable } from "./markdown";

/** docs/flows.md: the zones of each environment, and the flows between them as a diagram and as a table. */
export function flowsDocument(environments: readonly Environment[]): string {
  return [
    `# Zones and flows

\`make goldens\` generates this page from the environments' files, and overwrites changes by hand.

A zone is a network behind a firewall. Between two zones the firewall lets through the flows of this list, and the replies to them;
it refuses everything else. The list comes from \`site:zones\`, \`site:nodes\`, \`site:nas\`, the kind of pod network, and the applications: a zone
reaches the file server only where one of its applications has a volume on it. \`site:flows\` adds to it. The lab's firewall uses the same list (\`lab/network/firewallRules.ts\`). Tests try both open and closed ports:
in the lab, and with the nftables rules between network namespaces.

| for the firewall team | |
| --- | --- |
| \`make -s flows ENV=prd\` | the table below, for that environment as it is in your checkout |
| \`make -s flows ENV=prd FORMAT=csv\` | the same for a spreadsheet or a ticket |
| \`make -s flows ENV=prd FORMAT=nftables\` | nftables rules, to be loaded with \`nft -f\` |

An export of a file server lists its clients: give it those of its table here and no others, each by its address, for reading and writing. NFS has
no password by which it could tell a node from another machine. No file server was tried: the lab's kernel has no NFS.
`,
    ...environments.map(environmentSection),
  ].join("\n");
}

function environmentSection(environment: Environment): string {
  const { stack, zones } = environment;
  const flows = flowsOf(environment);
  return `## ${stack}

${markdownTable(
  ["zone", "network", "gateway", "resolvers", "port group", "machines"],
  Object.entries(zones).map(([name, { cidr, gateway, dnsServers, portGroup }]) => [
    ...[name, cidr, gateway, dnsServers.join(" "), portGroup],
    inhabitants(environment, cidr).join(", "),
  ]),
)}${flows.length === 0 ? "" : `\n\`\`\`mermaid\n${flowsDiagram(flows, zones)}\`\`\`\n`}
${flowsMarkdown(flows)}${exportsMarkdown(exportsOf(environment))}`;
}

/** Names of everything with an address in a network. */
function inhabitants(
  { loadBalancer, nodes, nas, kubernetes }: Environment,
  cidr: string,
): string[] {
  return [
    ...(loadBalancer.pair === undefined
      ? []
      : [{ name: kubernetes.apiName, address: entryAddress(loadBalancer) }]),
    ...loadBalancerMachines(loadBalancer),
    ...nodes,
    ...(nas === undefined ? [] : [nas]),
  ]
    .filter(({ address }) => contains(cidr, address))
    .map(({ name }) => name);
}
