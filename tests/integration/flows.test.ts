import { execa } from "execa";

import { flowsOf } from "../../environment/flows";
import { readEnvironmentFile } from "../environment";
import { entryAddress } from "../../environment/loadBalancers";
import { flowsNftables } from "../../flows/nftables";
import { contains } from "../../lib/ipv4";
import { checkout } from "../../lib/paths";
import type { Attempt } from "./support/attempts";
import { attempts, Zones } from "./support/zones";

/**
 * The rules for a firewall team, in force between two networks that exist in the kernel only: namespaces with the addresses
 * of the environment, none of which leaves this machine. What it cannot prove is the team's own firewall.
 */
jest.setTimeout(120_000);

/** Ports of the flows, and others that something of a site listens at. */
const PORTS = [22, 53, 80, 111, 443, 892, 2049, 2379, 6081, 6443, 8472, 10250, 10257, 10349, 30090];

describe.each(["dev", "prd"])("the rules of %s", (stack) => {
  const site = readEnvironmentFile(stack, { directory: checkout });
  const rules = flowsNftables(site);
  const inside = [
    entryAddress(site.loadBalancer),
    ...(site.nas === undefined ? [] : [site.nas.address]),
    ...site.nodes.map(({ address }) => address),
  ];
  const zones = new Zones(
    Object.values(site.zones).map(({ cidr, gateway }) => ({
      cidr,
      gateway,
      addresses: inside.filter((address) => contains(cidr, address)),
    })),
  );

  beforeAll(() => zones.start());
  afterAll(() => zones.stop());

  test("are accepted by nft, and twice", async () => {
    await zones.nft(["--check", "--file", "-"], rules);
    await zones.nft(["--file", "-"], rules);
    await zones.nft(["--file", "-"], rules);
  });

  test("let through every flow, and nothing else of what was tried", async () => {
    const flows = flowsOf(site);
    const isFlow = ({ from, to, protocol, port }: Attempt) =>
      flows.some(
        (flow) =>
          flow.fromAddresses.includes(from) &&
          flow.toAddresses.includes(to) &&
          flow.protocol === protocol &&
          flow.ports.includes(port),
      );
    const tried = attempts(zones.pairs(), PORTS);
    expect(tried.filter(isFlow).length).toBeGreaterThan(5);
    const outcomes = await zones.try(tried);
    const wrong = outcomes.filter(
      ({ outcome, ...attempt }) => outcome !== (isFlow(attempt) ? "passed" : "refused"),
    );
    expect(wrong).toEqual([]);
  });
});

test("nft refuses what is no rule, so that its consent means something", async () => {
  const site = readEnvironmentFile("dev", { directory: checkout });
  const broken = flowsNftables(site).replace("tcp dport { 10250 }", "tcp dport { 102500 }");
  const { exitCode } = await execa("nft", ["--check", "--file", "-"], {
    input: broken,
    reject: false,
    env: { PATH: `${process.env.PATH ?? ""}:/usr/sbin` },
  });
  expect(exitCode).toBe(1);
});
