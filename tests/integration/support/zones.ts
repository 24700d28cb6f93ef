import { join } from "node:path";

import { execa } from "execa";

import { prefixLength } from "../../../lib/ipv4";
import { checkout } from "../../../lib/paths";
import type { Attempt, Outcome } from "./attempts";

/** A network with the addresses that answer in it. */
interface Zone {
  cidr: string;
  gateway: string;
  addresses: string[];
}

/** Every protocol and port between each of these pairs. */
export function attempts(
  pairs: readonly (readonly [from: string, to: string])[],
  ports: readonly number[],
): Attempt[] {
  return pairs.flatMap(([from, to]) =>
    ports.flatMap((port) =>
      (["tcp", "udp"] as const).map((protocol) => ({ from, to, protocol, port })),
    ),
  );
}

/** Networks with a firewall between them, each a namespace of the kernel that holds all addresses of its zone. Needs root. */
export class Zones {
  private readonly prefix = `sw-test-${process.pid}`;
  private readonly firewall = `${this.prefix}-fw`;

  constructor(private readonly zones: readonly Zone[]) {}

  async start(): Promise<void> {
    await this.stop();
    await ip("netns", "add", this.firewall);
    await this.inside(this.firewall, [
      ...["sysctl", "--quiet", "--write", "net.ipv4.ip_forward=1"],
      // A sender gets one refusal a second otherwise.
      "net.ipv4.icmp_ratelimit=0",
    ]);
    for (const [index, { cidr, gateway, addresses }] of this.zones.entries()) {
      const zone = this.zone(index);
      const length = prefixLength(cidr);
      await ip("netns", "add", zone);
      await this.inside(zone, ["sysctl", "--quiet", "--write", "net.ipv4.icmp_ratelimit=0"]);
      await ip(
        ...["-n", this.firewall, "link", "add", `zone${index}`, "type", "veth"],
        ...["peer", "name", "eth0", "netns", zone],
      );
      await ip(
        "-n",
        this.firewall,
        "address",
        "add",
        `${gateway}/${length}`,
        "dev",
        `zone${index}`,
      );
      await ip("-n", this.firewall, "link", "set", `zone${index}`, "up");
      for (const address of addresses) {
        await ip("-n", zone, "address", "add", `${address}/${length}`, "dev", "eth0");
      }
      // Addresses of one zone reach each other by the loopback interface.
      await ip("-n", zone, "link", "set", "lo", "up");
      await ip("-n", zone, "link", "set", "eth0", "up");
      await ip("-n", zone, "route", "add", "default", "via", gateway);
    }
  }

  /** Takes everything away; what is not there is fine. */
  async stop(): Promise<void> {
    for (const name of [this.firewall, ...this.zones.map((_, index) => this.zone(index))]) {
      await execa("ip", ["netns", "delete", name], { reject: false, env: withSbin() });
    }
  }

  /** Runs nft on the firewall. */
  nft(args: string[], input: string): Promise<void> {
    return this.inside(this.firewall, ["nft", ...args], input);
  }

  /** All pairs of addresses in different zones. */
  pairs(): (readonly [from: string, to: string])[] {
    return this.zones.flatMap(({ addresses }) =>
      addresses.flatMap((from) =>
        this.zones
          .filter((other) => !other.addresses.includes(from))
          .flatMap((other) => other.addresses.map((to) => [from, to] as const)),
      ),
    );
  }

  /** Sends all packets at once, each from the zone of its sender. */
  async try(all: readonly Attempt[]): Promise<(Attempt & { outcome: Outcome })[]> {
    const byZone = this.zones.map(async ({ addresses }, index) => {
      const mine = all.filter(({ from }) => addresses.includes(from));
      const program = join(checkout, "dist", "tests", "integration", "support", "attempts.js");
      const { stdout } = await execa(
        "ip",
        ["netns", "exec", this.zone(index), process.execPath, program],
        { input: JSON.stringify(mine), env: withSbin() },
      );
      const outcomes = JSON.parse(stdout) as Outcome[];
      return mine.map((attempt, at) => ({ ...attempt, outcome: outcomes[at] }));
    });
    return (await Promise.all(byZone)).flat();
  }

  /** Starts a program in the zone that has an address. It ends with the zones, or when it is killed. */
  spawn(address: string, command: readonly string[], input = "") {
    const index = this.zones.findIndex(({ addresses }) => addresses.includes(address));
    const args = ["netns", "exec", this.zone(index), ...command];
    return execa("ip", args, { input, env: withSbin(), reject: false });
  }

  private zone(index: number): string {
    return `${this.prefix}-${index}`;
  }

  private async inside(name: string, command: string[], input = ""): Promise<void> {
    await execa("ip", ["netns", "exec", name, ...command], { input, env: withSbin() });
  }
}

async function ip(...args: string[]): Promise<void> {
  await execa("ip", args, { env: withSbin() });
}

/** A login shell of Debian leaves /usr/sbin out of PATH for `su`. */
function withSbin(): NodeJS.ProcessEnv {
  return { PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin` };
}
