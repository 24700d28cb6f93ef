import { indent, poll, script } from "../lib/bash";
import { SAVE_LAST_APPLIED_FUNCTION } from "./lastApplied";

/**
 * What both infra and cluster need to know of HAProxy on a load balancer's machine. infra writes the configuration before there is a
 * cluster; cluster adds the certificate of the CA with which HAProxy then verifies API servers.
 */

/** Path of HAProxy's configuration. */
export const HAPROXY_CONFIG = "/etc/haproxy/haproxy.cfg";

/** Path of the certificate of the cluster's CA while there is a cluster. */
export const CLUSTER_CA = "/etc/haproxy/cluster-ca.crt";

/** Path of HAProxy's administration socket on the machine. */
export const STATS_SOCKET = "/run/haproxy/admin.sock";

/**
 * HAProxy's own condition in its configuration, as infra renders it: 0 before there is a CA. LOAD_HAPROXY sets it to 1 if the
 * file exists, so that it does not matter which of the two stacks runs last.
 */
export const IF_CLUSTER_CA = ".if 0";

/** Seconds a new process of HAProxy may take until it has taken the listening sockets over. */
const RELOAD_SECONDS = 30;

/** Bash function ask_haproxy: sends one command to the running HAProxy, such as `ask_haproxy "show info"`. */
export const ASK_HAPROXY = `ask_haproxy() { socat -T 2 - UNIX-CONNECT:${STATS_SOCKET} <<<"$1"; }`;

/**
 * Bash function load_haproxy: loads the configuration on its standard input without dropping a connection. A configuration that
 * HAProxy refuses changes nothing. It loads on every run, even when nothing has changed, because an interrupted run may have left an
 * older configuration active.
 */
export const LOAD_HAPROXY = script(
  ASK_HAPROXY,
  SAVE_LAST_APPLIED_FUNCTION,
  `haproxy_worker() { ask_haproxy "show info" | awk '/^Pid:/ { print $2 }' | grep .; }
another_haproxy_worker() {
  local worker
  worker=$(haproxy_worker) && [[ $worker != "$former_worker" ]]
}`,
  `load_haproxy() {
  local candidate known=0 deadline answer
  [[ ! -s ${CLUSTER_CA} ]] || known=1
  candidate=$(mktemp ${HAPROXY_CONFIG}.XXXXXX)
  sed "s/^\\( *\\.if\\) [01]$/\\1 $known/" >"$candidate"
  if ! haproxy -c -f "$candidate"; then
    rm -f "$candidate"
    exit 1
  fi
  chmod 0644 "$candidate"
  mv "$candidate" ${HAPROXY_CONFIG}
  former_worker=$(haproxy_worker 2>/dev/null) || former_worker=none
  if systemctl is-active --quiet haproxy; then
    systemctl reload haproxy
  else
    systemctl restart haproxy
  fi
${indent(
  poll({
    what: "HAProxy running with its new configuration",
    command: "another_haproxy_worker",
    deadlineSeconds: RELOAD_SECONDS,
  }),
)}
  keep haproxy ${HAPROXY_CONFIG}
}`,
);
