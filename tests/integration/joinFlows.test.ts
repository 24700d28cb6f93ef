import { tryFlowsScript } from "../../cluster/node/tryFlows";
import { nodeFlows, serviceFlows } from "../../environment/joinFlows";
import { entryAddress } from "../../environment/loadBalancers";
import { flowsNftables } from "../../flows/nftables";
import { contains } from "../../lib/ipv4";
import { checkout } from "../../lib/paths";
import { readEnvironmentFile } from "../environment";
import { Zones } from "./support/zones";

/**
 * A node tries its flows through the rules for a firewall team, between two networks that exist in the kernel only. The load balancer and
 * a resolver answer; nothing listens at the control plane.
 */
jest.setTimeout(120_000);

const site = readEnvironmentFile("prd", { directory: checkout });
const node = site.nodes.find(({ zone }) => zone === "dmz")!;
const [resolver = ""] = site.zones["dmz"]!.dnsServers;
const api = entryAddress(site.loadBalancer);
const inside = [
  // The kernel sends from the first address of a network.
  node.address,
  resolver,
  api,
  site.nas!.address,
  ...site.nodes.filter(({ zone }) => zone === "lan").map(({ address }) => address),
];
const zones = new Zones(
  Object.values(site.zones).map(({ cidr, gateway }) => ({
    cidr,
    gateway,
    addresses: inside.filter((address) => contains(cidr, address)),
  })),
);

const flows = [
  ...serviceFlows({ ...site, packages: { ...site.packages, repositories: [] } }, node).filter(
    ({ reason }) => reason !== "images",
  ),
  ...nodeFlows(site, node, () => true),
];

const LISTEN = `require("node:net").createServer().listen(Number(process.argv[2]), process.argv[1], () => console.log("ready"))`;
const ANSWER = `
const socket = require("node:dgram").createSocket("udp4");
socket.on("message", (text, from) => socket.send("answer", from.port, from.address));
socket.bind(53, process.argv[1], () => console.log("ready"));
`;

const servers: ReturnType<Zones["spawn"]>[] = [];

async function serve(program: string, address: string, ...args: string[]): Promise<void> {
  const server = zones.spawn(address, [process.execPath, "-e", program, address, ...args]);
  servers.push(server);
  await new Promise((resolve) => server.stdout.once("data", resolve));
}

const attempt = () => zones.spawn(node.address, ["bash", "-euo", "pipefail", "-c", script]);
const script = tryFlowsScript(site, node, flows);
const closed = (stderr: string) => stderr.split("\n").filter((line) => line.startsWith("  "));

/** The rules without those that have a text. */
const without = (...texts: string[]) =>
  flowsNftables(site)
    .split("\n")
    .filter((line) => !texts.some((text) => line.includes(text)))
    .join("\n");

beforeAll(async () => {
  await zones.start();
  await serve(LISTEN, api, String(site.kubernetes.apiPort));
  await serve(ANSWER, resolver);
});
afterAll(async () => {
  servers.forEach((server) => server.kill());
  await zones.stop();
});

test("with all flows of the list open, a node may join: also to machines at which nothing listens yet", async () => {
  await zones.nft(["--file", "-"], without());
  const { exitCode, stderr } = await attempt();
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
});

test("a flow that the firewall refuses, and one that it drops, are both named", async () => {
  const rules = without("API at the load balancer", "Antrea: controller").replace(
    "        counter reject",
    `        ip daddr ${api} drop\n        counter reject`,
  );
  await zones.nft(["--file", "-"], rules);
  const { exitCode, stderr } = await attempt();
  expect(exitCode).toBe(1);
  expect(closed(stderr)).toEqual([
    `  zone dmz ${node.address} -> API ${api} tcp 6443 (API at the load balancer): no answer within 10 s`,
    `  zone dmz ${node.address} -> control plane 192.168.10.56 tcp 10349 (Antrea: controller): No route to host`,
  ]);
});

test("a resolver that is gone, and an API that nothing serves, are named, although no firewall is in the way", async () => {
  servers.forEach((server) => server.kill());
  await Promise.all(servers);
  await zones.nft(["--file", "-"], without());
  const { exitCode, stderr } = await attempt();
  expect(exitCode).toBe(1);
  expect(closed(stderr)).toEqual([
    `  zone dmz ${node.address} -> API ${api} tcp 6443 (API at the load balancer): Connection refused`,
    `  zone dmz ${node.address} -> resolvers ${resolver} udp 53 (DNS): Connection refused`,
  ]);
});
