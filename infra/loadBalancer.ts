import * as pulumi from "@pulumi/pulumi";

import type { Packages } from "../environment/schema";
import { openPorts } from "../remote/firewall";
import { ensurePackages, PACKAGES_DEADLINE_SECONDS } from "../remote/packages";
import { poll, script } from "../remote/shell";
import { rootStep } from "../remote/step";
import { renderHaproxy, STATS_SOCKET } from "./haproxy";
import { Machine, type MachineArgs } from "./machine";

/** The load balancer: a machine like the others, and how to log in on it. */
export interface LoadBalancerArgs extends Omit<MachineArgs, "machine"> {
  /** Private key of the user who administers the machine, OpenSSH PEM. Secret. */
  userPrivateKey: pulumi.Input<string>;
}

/** Seconds for everything after the packages are there. */
const CONFIGURE_SECONDS = 60;

/**
 * A machine with HAProxy before the API and the ingress. When the node list changes, the new configuration is checked
 * and loaded without dropping a connection. Children: the machine, `<name>-haproxy`.
 */
export class LoadBalancer extends pulumi.ComponentResource {
  readonly machine: Machine;

  constructor(name: string, args: LoadBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:infra:LoadBalancer", name, {}, opts);
    const { environment } = args;
    const { loadBalancer, kubernetes, packages, ssh } = environment;

    this.machine = new Machine({ ...args, machine: loadBalancer }, { parent: this });
    rootStep(
      `${name}-haproxy`,
      {
        host: {
          address: this.machine.address,
          user: ssh.user,
          privateKey: args.userPrivateKey,
          hostKey: this.machine.hostKey,
        },
        script: haproxyScript(packages, [kubernetes.apiPort, 80, 443]),
        stdin: renderHaproxy(environment),
        triggers: [this.machine.vmId],
        deadlineSeconds: PACKAGES_DEADLINE_SECONDS + CONFIGURE_SECONDS,
      },
      { parent: this, deletedWith: this.machine.vm },
    );
    this.registerOutputs({ address: this.machine.address });
  }
}

/**
 * Bash that installs HAProxy and the configuration on standard input. A configuration HAProxy refuses changes nothing.
 * The reload is done on every run, also when the file is the same: a run that was cut off between the two must not leave
 * the former configuration in force.
 *
 * @param ports - Ports the machine's own firewall must let in.
 */
export function haproxyScript(packages: Packages, ports: readonly number[]): string {
  return script(
    ensurePackages(packages, [{ name: "haproxy" }]),
    openPorts(ports.map((port) => ({ protocol: "tcp", port }))),
    `# PhotonOS' package brings neither the user nor the folders.
getent passwd haproxy >/dev/null || useradd --system --home-dir /var/lib/haproxy --shell /sbin/nologin haproxy
install -d -m 0755 /etc/haproxy /var/lib/haproxy /etc/systemd/system/haproxy.service.d
cat >/etc/systemd/system/haproxy.service.d/10-site.conf <<'UNIT'
[Unit]
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0
[Service]
RuntimeDirectory=haproxy
RuntimeDirectoryPreserve=yes
Restart=always
RestartSec=1
UNIT
systemctl daemon-reload`,
    `candidate=$(mktemp /etc/haproxy/haproxy.cfg.XXXXXX)
trap 'rm -f "$candidate"' EXIT
cat >"$candidate"
haproxy -c -f "$candidate"
chmod 0644 "$candidate"
mv "$candidate" /etc/haproxy/haproxy.cfg`,
    `systemctl enable --quiet haproxy
if systemctl is-active --quiet haproxy; then
  systemctl reload haproxy
else
  systemctl restart haproxy
fi`,
    poll({
      what: "HAProxy running and listening",
      command: `systemctl is-active haproxy && test -S ${STATS_SOCKET}`,
      deadlineSeconds: 30,
    }),
  );
}
