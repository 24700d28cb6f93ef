import { execa } from "execa";

import { flowsOf } from "../../../environment/flows";
import { readEnvironmentFile } from "../../environment";
import type { MachineSpec } from "../../../environment/schema";
import { checkout } from "../../../lib/paths";
import { environment, onMachine } from "../support/harness";

/** A packet from a machine to an address. */
interface Attempt {
  from: string;
  to: string;
  protocol: "tcp" | "udp";
  port: number;
}

/**
 * Ports at which something of the site listens somewhere: SSH, DNS, the ingress, etcd, the pods' tunnel, the kubelet, the
 * scheduler. Few, because the kernel sends one machine one refusal a second once six have gone out.
 */
const PORTS: Pick<Attempt, "protocol" | "port">[] = [
  ...[22, 443, 2379, 10250, 10259].map((port) => ({ protocol: "tcp" as const, port })),
  ...[53, 8472].map((port) => ({ protocol: "udp" as const, port })),
];

/** Refusals that the kernel sends one machine before it begins to wait. */
const REFUSALS_AT_ONCE = 6;

/** Seconds after which silence is the answer. A datagram to an open port always takes that long. */
const PATIENCE_SECONDS = 15;
/** The same where no machine is refused more often than REFUSALS_AT_ONCE. */
const SAMPLE_PATIENCE_SECONDS = 5;

/** Bash functions that print what the kernel said to the sender: "open", its error, or nothing. */
const probes = (
  seconds: number,
): string => `tcp() { timeout ${seconds} bash -c ": </dev/tcp/$1/$2" 2>&1 && echo open; }
udp() {
  exec 3<>"/dev/udp/$1/$2"
  until ((SECONDS > ${seconds})); do
    echo x >&3 || break
    sleep 0.25
  done 2>&1
}
said() { echo "$1 $2 $3 $("$1" "$2" "$3" | grep -oE 'open|No route to host|Connection refused' | head -n 1)"; }`;

/** Sends all packets of one machine at once; what the kernel said to each, by its text. */
async function tryAll(
  from: string,
  attempts: readonly Attempt[],
  seconds = PATIENCE_SECONDS,
): Promise<Map<string, string>> {
  const jobs = attempts.map(({ protocol, to, port }) => `said ${protocol} ${to} ${port} &`);
  const printed = await onMachine(
    from,
    "bash",
    "-c",
    [probes(seconds), ...jobs, "wait"].join("\n"),
  );
  return new Map(
    printed.split("\n").map((line) => {
      const [protocol, to, port, ...words] = line.split(" ");
      return [`${protocol} ${to} ${port}`, words.join(" ")];
    }),
  );
}

/**
 * Whether a packet has come through. TCP is answered by the machine itself, if only by a reset; nothing but the firewall says
 * that there is no route to a machine that is there. A datagram to an open port gets no answer at all.
 */
function passed({ protocol }: Attempt, said: string): boolean {
  return protocol === "tcp"
    ? said === "open" || said === "Connection refused"
    : said !== "No route to host";
}

const site = readEnvironmentFile(environment, { directory: checkout });
const machines: MachineSpec[] = [site.loadBalancer, ...site.nodes];
const open: Attempt[] = flowsOf(site).flatMap(({ fromAddresses, toAddresses, protocol, ports }) =>
  machines
    .filter(({ address }) => fromAddresses.includes(address))
    .flatMap(({ name }) =>
      toAddresses.flatMap((to) => ports.map((port) => ({ from: name, to, protocol, port }))),
    ),
);
const text = ({ from, to, protocol, port }: Attempt) => `${from} ${protocol} ${to} ${port}`;
const isOpen = (attempt: Attempt) => open.some((one) => text(one) === text(attempt));

// One machine of each kind in each zone is enough: rules are made of addresses, not of machines.
const kinds = new Map(
  machines.map((machine) => {
    const role = "role" in machine ? machine.role : "load-balancer";
    return [`${role} ${machine.zone}`, machine];
  }),
);
const closed = [...kinds.values()]
  .flatMap(({ name: from, zone }) =>
    [...kinds.values()]
      .filter((other) => other.zone !== zone)
      .flatMap(({ address: to }) => PORTS.map((what) => ({ from, to, ...what }))),
  )
  .filter((attempt) => !isOpen(attempt));

/** Tries every flow and, of each sender, some of what is closed; expects that both are so, and that each zone has a sender. */
async function tryFlows(some: (mine: Attempt[]) => Attempt[], seconds: number): Promise<void> {
  expect(open.length).toBeGreaterThan(0);
  const senders = [...new Set([...open, ...closed].map(({ from }) => from))];
  const wrong = await Promise.all(
    senders.map(async (sender) => {
      const from = (all: Attempt[]) => all.filter((attempt) => attempt.from === sender);
      const mine = [...from(open), ...some(from(closed))];
      const said = await tryAll(sender, mine, seconds);
      return mine
        .map((attempt) => ({
          ...attempt,
          said: said.get(`${attempt.protocol} ${attempt.to} ${attempt.port}`) ?? "(not tried)",
        }))
        .filter((attempt) => passed(attempt, attempt.said) !== isOpen(attempt));
    }),
  );
  expect(wrong.flat()).toEqual([]);
  const directions = new Set(
    closed.map(({ from }) => machines.find(({ name }) => name === from)!.zone),
  );
  expect([...directions].sort()).toEqual(Object.keys(site.zones).sort());
}

/** So many of them, from the first to the last. */
const spread = (all: Attempt[], count: number): Attempt[] =>
  all.filter((_, index) => index % Math.ceil(all.length / count) === 0);

/** What mostly waits, since the kernel says no only once a second: everything that is closed. */
export function closedFlows(): void {
  test("the firewall lets every flow through, and nothing else of what was tried, in both directions", () =>
    tryFlows((mine) => mine, PATIENCE_SECONDS));
}

export function zones(): void {
  test("the firewall lets every flow through, and refuses a sample of what is none, in both directions", () =>
    tryFlows((mine) => spread(mine, REFUSALS_AT_ONCE), SAMPLE_PATIENCE_SECONDS));

  test("no machine reaches the host", async () => {
    const said = await Promise.all(
      [...kinds.values()].map(async ({ name, zone }) => {
        const { gateway } = site.zones[zone];
        return (
          await tryAll(name, [{ from: name, to: gateway, protocol: "tcp", port: 22 }])
        ).values();
      }),
    );
    expect(said.flatMap((values) => [...values])).toEqual(
      [...kinds.values()].map(() => "No route to host"),
    );
  });

  // No packet is sent outside to prove it: the rules themselves are read back.
  test("whatever no rule lets through is refused, on its way in and on its way out", async () => {
    const chain = await execa("iptables", ["-S", "SITEWRIGHT-LAB"], { timeout: 10_000 });
    const last = chain.stdout.trim().split("\n").slice(-4).sort();
    const refusal = "-j REJECT --reject-with icmp-admin-prohibited";
    expect(last).toEqual(
      ["-i sw-dmz", "-i sw-lan", "-o sw-dmz", "-o sw-lan"].map(
        (match) => `-A SITEWRIGHT-LAB ${match} ${refusal}`,
      ),
    );
  });
}
