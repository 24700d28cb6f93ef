import type { Environment, MachineSpec } from "../../environment/schema";
import { script } from "../../lib/bash";
import { ASK_HAPROXY } from "../../ssh/haproxy";

/** What the configuration of a pair of load balancers depends on. */
export type KeepalivedSource = Pick<Environment, "loadBalancer" | "vsphere">;

/** Path of the script with which keepalived asks whether HAProxy serves. */
export const HEALTH_SCRIPT = "/usr/local/sbin/haproxy-serves";

/**
 * Priorities decide only which of the two takes the address when both start at the same time. From 1 to 254; 255 is for a machine
 * that owns the address.
 */
const PRIORITIES = { first: 150, second: 100 };

/** The machines of the pair as one of them sees it; undefined where there is no pair. */
export function pairOf(
  { name }: Pick<MachineSpec, "name">,
  { address, pair }: Environment["loadBalancer"],
): { own: string; peer: string; priority: number } | undefined {
  if (pair === undefined) {
    return undefined;
  }
  return name === pair.name
    ? { own: pair.address, peer: address, priority: PRIORITIES.second }
    : { own: address, peer: pair.address, priority: PRIORITIES.first };
}

/**
 * keepalived.conf of one machine of the pair.
 *
 * The peers talk to each other by unicast, so the network needs no multicast, and the address keeps the interface's own MAC, so
 * a vSphere port group needs neither promiscuous mode nor forged transmits. Version 3 of VRRP has no authentication, and version
 * 2 only a password in clear text. Two things keep strangers out: the machine's firewall, which lets VRRP in from the peer only, and a
 * network in which no other machine can take the peer's address.
 *
 * A machine that comes back leaves the address where it is (nopreempt): each move cuts every watch, exec and download.
 */
export function renderKeepalived(
  machine: Pick<MachineSpec, "name">,
  { loadBalancer, vsphere }: KeepalivedSource,
): string {
  const { pair } = loadBalancer;
  const seen = pairOf(machine, loadBalancer);
  if (pair === undefined || seen === undefined) {
    throw new Error(`The load balancer ${machine.name} has no second one.`);
  }
  return `# Made by the program infra from the environment; changes by hand are overwritten.
global_defs {
    router_id ${machine.name}
    vrrp_version 3
    enable_script_security
    script_user root
    # A switch or a neighbour that missed the announcement of a move learns of it within a minute.
    vrrp_garp_master_refresh 60
}

# A machine whose HAProxy does not serve gives the address up.
vrrp_script haproxy {
    script "${HEALTH_SCRIPT}"
    interval 1
    timeout 3
    fall 2
    rise 2
}

vrrp_instance site {
    # With nopreempt nobody starts as the master.
    state BACKUP
    nopreempt
    interface ${vsphere.networkInterface}
    virtual_router_id ${pair.routerId}
    priority ${seen.priority}
    # A peer that vanished is replaced after three and a half of them; a machine that stands still while vMotion moves it is not.
    advert_int 1
    unicast_src_ip ${seen.own}
    unicast_peer {
        ${seen.peer}
    }
    virtual_ipaddress {
        ${pair.virtualAddress}/32 dev ${vsphere.networkInterface}
    }
    track_script {
        haproxy
    }
}
`;
}

/**
 * Bash that succeeds if HAProxy answers and says that it listens on all its frontends. It asks HAProxy itself, because a connection to
 * the virtual address may lead to the other machine. API servers and workers that are down do not matter here: they are down for the
 * other machine too.
 *
 * @param frontends - Their names in haproxy.cfg.
 */
export function healthScript(frontends: readonly string[]): string {
  return `#!/bin/bash
${script(
  "set -euo pipefail",
  ASK_HAPROXY,
  `status=$(ask_haproxy "show stat")
for frontend in ${frontends.join(" ")}; do
  grep -q "^$frontend,FRONTEND,.*,OPEN," <<<"$status"
done`,
)}`;
}
