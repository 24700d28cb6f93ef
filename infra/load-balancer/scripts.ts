import type { Environment, Packages } from "../../environment/schema";
import { poll, quote, script } from "../../lib/bash";
import { openPorts } from "../../ssh/firewall";
import { HAPROXY_CONFIG, HAPROXY_FOLDER, LOAD_HAPROXY } from "../../ssh/haproxy";
import { SAVE_LAST_APPLIED_FUNCTION, LAST_APPLIED_FOLDER } from "../../ssh/lastApplied";
import { ensurePackages } from "../../ssh/packages";
import { onlyKeys } from "../../ssh/sshd";
import {
  TIME_SERVERS_FILE,
  timePackages,
  timePreflight,
  useTimeServers,
} from "../../ssh/timeServers";
import { WRITE_FUNCTION } from "../../ssh/writeFunction";
import { HEALTH_SCRIPT, healthScript } from "./keepalived";

/** Sysctl file that lets HAProxy listen on the virtual address while the other machine has it. */
const NONLOCAL_BIND = "/etc/sysctl.d/90-virtual-address.conf";

/** Seconds from the first start of a pair until the address is answered: two rounds of elections and then some. */
const TAKEOVER_SECONDS = 30;

/** What the scripts of a load balancer's machine are rendered from. */
export interface HaproxyMachine {
  packages: Packages;
  timeServers?: Environment["timeServers"];
  /** Ports the machine's own firewall must let in. */
  ports: readonly number[];
  /** Address of the other machine of a pair, which may have the address HAProxy listens at. */
  peer?: string;
}

/**
 * Bash that allows SSH by key only, opens the machine's own firewall, also for keepalived, and installs HAProxy with the configuration
 * on standard input. A configuration that HAProxy refuses changes nothing.
 */
export function haproxyScript({ packages, timeServers, ports, peer }: HaproxyMachine): string {
  const time = { packages, timeServers };
  return script(
    timePreflight(time),
    onlyKeys(),
    ensurePackages(packages, [{ name: "haproxy" }, { name: "socat" }, ...timePackages(time)]),
    ...(timeServers === undefined ? [] : [WRITE_FUNCTION, useTimeServers(time)]),
    // One call opens all ports, because it closes what it does not list.
    openPorts([
      ...ports.map((port) => ({ protocol: "tcp" as const, port })),
      ...(peer === undefined ? [] : [{ protocol: "vrrp" as const, from: peer }]),
    ]),
    peer !== undefined
      ? `echo "net.ipv4.ip_nonlocal_bind = 1" >${NONLOCAL_BIND}
sysctl --quiet --load ${NONLOCAL_BIND}`
      : `# One that was in a pair gives the virtual address up and does not take it again.
if [[ -f /etc/keepalived/keepalived.conf ]]; then
  systemctl disable --quiet --now keepalived
  rm -rf /etc/keepalived/keepalived.conf ${HEALTH_SCRIPT} ${NONLOCAL_BIND} ${LAST_APPLIED_FOLDER}/keepalived
fi`,
    `# PhotonOS' package brings neither the user nor the folders.
getent passwd haproxy >/dev/null || useradd --system --home-dir /var/lib/haproxy --shell /sbin/nologin haproxy
install -d -m 0755 ${HAPROXY_FOLDER} /var/lib/haproxy /etc/systemd/system/haproxy.service.d
cat >/etc/systemd/system/haproxy.service.d/10-site.conf <<'UNIT'
[Unit]
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0
[Service]
Environment=CONFIG=${HAPROXY_FOLDER}
RuntimeDirectory=haproxy
RuntimeDirectoryPreserve=yes
Restart=always
RestartSec=1
UNIT
systemctl daemon-reload
systemctl enable --quiet haproxy`,
    LOAD_HAPROXY,
    `configure_haproxy ${HAPROXY_CONFIG}
keep haproxy ${HAPROXY_CONFIG}${timeServers === undefined ? "" : ` ${TIME_SERVERS_FILE}`}`,
  );
}

/** The pair as one of its machines needs to know it. */
export interface KeepalivedMachine {
  packages: Packages;
  virtualAddress: string;
  apiPort: number;
  /** Names of HAProxy's frontends, all of which must listen. */
  frontends: readonly string[];
}

/**
 * Bash that installs keepalived with the configuration on standard input and waits until the virtual address answers, on this machine
 * or on the other one, which is updated after this one. A configuration that keepalived refuses changes nothing.
 */
export function keepalivedScript({
  packages,
  virtualAddress,
  apiPort,
  frontends,
}: KeepalivedMachine): string {
  return script(
    ensurePackages(packages, [{ name: "keepalived" }]),
    `install -d -m 0755 /etc/keepalived /etc/systemd/system/keepalived.service.d
cat >${HEALTH_SCRIPT} <<'SCRIPT'
${healthScript(frontends).trimEnd()}
SCRIPT
chmod 0755 ${HEALTH_SCRIPT}
cat >/etc/systemd/system/keepalived.service.d/10-site.conf <<'UNIT'
[Unit]
After=haproxy.service
StartLimitIntervalSec=0
[Service]
Restart=always
RestartSec=1
UNIT
systemctl daemon-reload`,
    `candidate=$(mktemp /etc/keepalived/keepalived.conf.XXXXXX)
trap 'rm -f "$candidate"' EXIT
cat >"$candidate"
chmod 0644 "$candidate"
keepalived --config-test --use-file "$candidate"
mv "$candidate" /etc/keepalived/keepalived.conf`,
    `systemctl enable --quiet keepalived
if systemctl is-active --quiet keepalived; then
  systemctl reload keepalived
else
  systemctl restart keepalived
fi`,
    poll({
      what: `${virtualAddress} is answered`,
      command: `systemctl is-active keepalived && timeout 2 bash -c ${quote(`: </dev/tcp/${virtualAddress}/${apiPort}`)}`,
      deadlineSeconds: TAKEOVER_SECONDS,
    }),
    SAVE_LAST_APPLIED_FUNCTION,
    `keep keepalived /etc/keepalived/keepalived.conf ${HEALTH_SCRIPT}`,
  );
}
