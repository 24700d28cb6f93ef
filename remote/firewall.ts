import { quote, script } from "./shell";

/** A port that the machine's own firewall must let in. */
export interface OpenPort {
  protocol: "tcp" | "udp";
  /** One port, or a range written `first:last`. */
  port: number | string;
}

/**
 * Bash that opens ports in PhotonOS' own firewall, now and after a reboot. Photon drops what comes in unless a rule in
 * /etc/systemd/scripts/ip4save lets it; that file is loaded by iptables.service. Elsewhere, where that file does not
 * exist, nothing is done.
 */
export function openPorts(ports: readonly OpenPort[]): string {
  const rules = ports.map(({ protocol, port }) =>
    quote(`-p ${protocol} -m ${protocol} --dport ${port} -j ACCEPT`),
  );
  return script(
    `saved=/etc/systemd/scripts/ip4save
if [[ -f $saved ]]; then
  for rule in ${rules.join(" ")}; do
    iptables -C INPUT $rule 2>/dev/null || iptables -A INPUT $rule
    grep -qxF -- "-A INPUT $rule" $saved || sed -i "0,/^COMMIT/s//-A INPUT $rule\\nCOMMIT/" $saved
  done
fi`,
  );
}
