import { quote, script } from "../lib/bash";

/** A port that the machine's own firewall must let in. */
export interface OpenPort {
  protocol: "tcp" | "udp";
  /** One port, or a range written `first:last`. */
  port: number | string;
}

/** A peer whose VRRP the machine's own firewall must let in. VRRP is a protocol beside TCP and UDP and has no ports. */
export interface VrrpPeer {
  protocol: "vrrp";
  /** The peer's address. No other is let in. */
  from: string;
}

/**
 * The rules PhotonOS loads at boot. Its package iptables installs the file (mode 0644) with the policy DROP for INPUT and
 * FORWARD, and lets in the loopback interface, replies, and SSH.
 * @see https://github.com/vmware/photon/tree/5.0/SPECS/iptables (the same files in 4.0)
 */
export const SAVED_RULES = "/etc/systemd/scripts/ip4save";

/** The chain of these rules and no others, so that a port that is no longer listed is closed again. */
const CHAIN = "SITEWRIGHT";

/** The rule that leads into that chain. It comes first, because a site's own rules may end with a refusal of everything. */
const JUMP = `INPUT -j ${CHAIN}`;

/** Seconds to wait for another program that changes rules, such as kube-proxy. */
const LOCK_SECONDS = 10;

/**
 * Bash that opens ports, and some interfaces as a whole, in PhotonOS' own firewall, now and after a reboot. It closes what an earlier
 * run has opened and is no longer listed. On a machine without this firewall it does nothing.
 *
 * Now: iptables-restore replaces the chain at once, and touches nothing else. At boot: iptables.service empties every
 * chain and loads the saved rules, so they have the chain too. Only incoming traffic needs rules: Photon's own rules accept
 * replies and all outgoing traffic, and the agents of the pod network accept what is forwarded between pods.
 *
 * @param interfaces - Names of interfaces behind which only pods are.
 */
export function openPorts(
  openings: readonly (OpenPort | VrrpPeer)[],
  interfaces: readonly string[] = [],
): string {
  const rules = [
    `:${CHAIN} - [0:0]`,
    ...interfaces.map((name) => `-A ${CHAIN} -i ${name} -j ACCEPT`),
    ...openings.map((opening) => `-A ${CHAIN} ${matchOf(opening)} -j ACCEPT`),
  ];
  return script(
    `saved=${SAVED_RULES}
if [[ -f $saved ]]; then
  rules=(${rules.map((rule) => `\n    ${quote(rule)}`).join("")}
  )
  printf '%s\\n' '*filter' "\${rules[@]}" COMMIT | iptables-restore --noflush --wait ${LOCK_SECONDS}
  iptables --wait ${LOCK_SECONDS} -C ${JUMP} 2>/dev/null || iptables --wait ${LOCK_SECONDS} -I ${JUMP}

  # The same in the saved rules: what is ours leaves its old place and stands before the first rule of the table filter.
  table= placed=no lines=()
  while IFS= read -r line || [[ -n $line ]]; do
    case $line in
      ":${CHAIN} "* | "-A ${CHAIN} "* | "-A ${JUMP}") continue ;;
      "*"*) table=$line ;;
      "-A "* | "-I "* | COMMIT)
        if [[ $table == "*filter" && $placed == no ]]; then
          lines+=("\${rules[0]}" ${quote(`-A ${JUMP}`)} "\${rules[@]:1}")
          placed=yes
        fi
        ;;
    esac
    lines+=("$line")
  done <"$saved"
  if [[ $placed == no ]]; then
    echo "$saved on $(hostname) has no complete table filter, so the ports would be shut after a reboot. Restore the file from the package iptables, then run this again." >&2
    exit 1
  fi
  printf '%s\\n' "\${lines[@]}" >"$saved.new"
  if [[ $(<"$saved.new") == "$(<"$saved")" ]]; then
    rm "$saved.new"
  else
    chmod 0644 "$saved.new"
    mv "$saved.new" "$saved"
  fi
fi`,
  );
}

/** IANA's number of VRRP, because not every machine has a name for it in /etc/protocols. */
const VRRP = 112;

function matchOf(opening: OpenPort | VrrpPeer): string {
  return opening.protocol === "vrrp"
    ? `-s ${opening.from} -p ${VRRP}`
    : `-p ${opening.protocol} -m ${opening.protocol} --dport ${opening.port}`;
}
