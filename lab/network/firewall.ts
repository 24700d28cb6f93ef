import { execa } from "execa";

import { flowsOf } from "../../environment/flows";
import type { Environment } from "../../environment/schema";
import { run } from "../../lib/command";
import type { Progress } from "../../lib/progress";
import { labNetworks } from "../layout";
import { firewallOf, FORWARD_CHAIN, HOST_CHAIN } from "./firewallRules";
import { forgetStandingNodes, withStandingNodes } from "./standingNodes";

/** From which chain of the host each chain of the lab is reached. */
const JUMPS = [
  { from: "DOCKER-USER", to: FORWARD_CHAIN },
  { from: "INPUT", to: HOST_CHAIN },
];

const next = "mend the cause, then run the command again";

/** Puts the firewall between the lab's networks in force. Both chains are replaced in one step, every time: it takes 50 ms. */
export async function ensureFirewall(environment: Environment, progress: Progress): Promise<void> {
  const flows = flowsOf(await withStandingNodes(environment));
  const { rules, outside } = firewallOf(labNetworks(environment), flows);
  await iptablesRestore(rules);
  for (const { from, to } of JUMPS) {
    if (!(await hasJump(from, to))) {
      await iptables("--insert", from, "1", "--jump", to);
    }
  }
  for (const flow of outside) {
    progress.note(
      `  firewall: ${flow.from} to ${flow.to} (${flow.reason}) leaves the lab and stays closed`,
    );
  }
}

/** Takes the firewall away again; what is not there is fine. */
export async function removeFirewall(): Promise<void> {
  for (const { from, to } of JUMPS) {
    while (await hasJump(from, to)) {
      await iptables("--delete", from, "--jump", to);
    }
    if (await hasChain(to)) {
      await iptables("--flush", to);
      await iptables("--delete-chain", to);
    }
  }
  forgetStandingNodes();
}

/** Whether both chains are there and reached. */
export async function firewallStands(): Promise<boolean> {
  const found = await Promise.all(JUMPS.map(({ from, to }) => hasJump(from, to)));
  return found.every(Boolean);
}

/** Whether anything of the firewall is there, if only one chain or one jump to it. */
export async function firewallRemains(): Promise<boolean> {
  const found = await Promise.all(
    JUMPS.flatMap(({ from, to }) => [hasJump(from, to), hasChain(to)]),
  );
  return found.some(Boolean);
}

function hasJump(from: string, to: string): Promise<boolean> {
  return asks("--check", from, "--jump", to);
}

function hasChain(chain: string): Promise<boolean> {
  return asks("--list-rules", chain);
}

async function asks(...args: string[]): Promise<boolean> {
  const { failed } = await execa("iptables", ["--wait", ...args], {
    reject: false,
    stdio: "ignore",
    env: withSbin(),
  });
  return !failed;
}

async function iptables(...args: string[]): Promise<void> {
  await run(
    "iptables",
    ["--wait", ...args],
    { what: "The firewall between the lab's networks cannot be set.", next },
    { env: withSbin() },
  );
}

async function iptablesRestore(rules: string): Promise<void> {
  const explanation = { what: "The firewall between the lab's networks cannot be set.", next };
  await run("iptables-restore", ["--wait", "--noflush"], explanation, {
    input: rules,
    env: withSbin(),
  });
}

/** A login shell of Debian leaves /usr/sbin out of PATH for `su`. */
function withSbin(): NodeJS.ProcessEnv {
  return { PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin` };
}
