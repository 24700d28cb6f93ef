import { indent, poll, script } from "../lib/bash";
import { SAVE_LAST_APPLIED_FUNCTION } from "./lastApplied";

/**
 * What both infra and cluster need to know of HAProxy on a load balancer's machine. HAProxy reads every .cfg file of one folder, by name.
 * infra owns haproxy.cfg, before there is a cluster and after it. cluster owns cluster-ca.cfg, which comes before it and exists only
 * while there is a cluster: it names the certificate of the CA with which haproxy.cfg then verifies API servers.
 */

/** Folder that HAProxy reads its configuration from. */
export const HAPROXY_FOLDER = "/etc/haproxy";

/** Path of infra's part of the configuration. */
export const HAPROXY_CONFIG = `${HAPROXY_FOLDER}/haproxy.cfg`;

/** Path of cluster's part of the configuration. */
export const CLUSTER_CA_CONFIG = `${HAPROXY_FOLDER}/cluster-ca.cfg`;

/** Variable of the configuration: the path of the CA's certificate. It is defined while there is a cluster. */
export const CLUSTER_CA_VARIABLE = "CLUSTER_CA";

/** Path of HAProxy's administration socket on the machine. */
export const STATS_SOCKET = "/run/haproxy/admin.sock";

/** Seconds a new process of HAProxy may take until it has taken the listening sockets over. */
const RELOAD_SECONDS = 30;

/** Bash function ask_haproxy: sends one command to the running HAProxy, such as `ask_haproxy "show info"`. */
export const ASK_HAPROXY = `ask_haproxy() { socat -T 2 - UNIX-CONNECT:${STATS_SOCKET} <<<"$1"; }`;

/**
 * Bash functions. `configure_haproxy FILE` replaces one file of the configuration by its standard input and loads the whole; a
 * configuration that HAProxy refuses changes nothing. `load_haproxy` loads what is there without dropping a connection. Both load on
 * every run, even when nothing has changed, because an interrupted run may have left an older configuration active.
 */
export const LOAD_HAPROXY = script(
  ASK_HAPROXY,
  SAVE_LAST_APPLIED_FUNCTION,
  `haproxy_worker() { ask_haproxy "show info" | awk '/^Pid:/ { print $2 }' | grep .; }
another_haproxy_worker() {
  local worker
  worker=$(haproxy_worker) && [[ $worker != "$former_worker" ]]
}
# A reload keeps the command line, and an older one names haproxy.cfg alone.
haproxy_reads_folder() {
  systemctl is-active --quiet haproxy &&
    tr '\\0' ' ' <"/proc/$(systemctl show --property MainPID --value haproxy)/cmdline" | grep --quiet -- ' -f ${HAPROXY_FOLDER} '
}`,
  `load_haproxy() {
  local deadline answer
  former_worker=$(haproxy_worker 2>/dev/null) || former_worker=none
  if haproxy_reads_folder; then
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
}`,
  `configure_haproxy() {
  local candidate
  candidate=$(mktemp --directory)
  find ${HAPROXY_FOLDER} -maxdepth 1 -name '*.cfg' -exec cp {} "$candidate" \\;
  cat >"$candidate/$(basename "$1")"
  if ! haproxy -c -f "$candidate"; then
    rm -rf "$candidate"
    exit 1
  fi
  install -m 0644 "$candidate/$(basename "$1")" "$1.new"
  mv "$1.new" "$1"
  rm -rf "$candidate"
  load_haproxy
}`,
);
