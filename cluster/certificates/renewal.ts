import { isIPv4 } from "node:net";

import type { Environment, NodeSpec } from "../../environment/schema";
import { indent, poll, quote, script } from "../../lib/bash";
import { installTimer, removeTimer, timerProgram } from "../../ssh/timer";
import { apiServerNames, certificateConfig } from "../kubeadm/kubeadmConfig";
import { LOCK, LOCK_DEADLINE_SECONDS } from "../kubeadm/lock";
import { COMPLETE_MARKER } from "../kubeadm/reset";
import { placeOf } from "../node/machine";
import { clientCertificateOf } from "./kubeconfigCertificate";
import { RENEW_BELOW_HOURS } from "./lifetime";

/** Name of the service on every control plane, of its timer and of its program. */
export const RENEWAL = "kubeadm-certificate-renewal";

const FOLDER = "/etc/kubernetes/renewal";
/** kubeadm's configuration for certificates and kubeconfigs of this control plane. It holds no secret. */
export const CERTIFICATE_CONFIG = `${FOLDER}/kubeadm.yaml`;
/** What the API server's certificate must name beside the machine itself, a line each: `host NAME` or `ip ADDRESS`. */
const NAMES = `${FOLDER}/names`;

/** Seconds until etcd and the API server serve a certificate that was replaced: the API server looks once a minute. */
const SERVED_SECONDS = 150;

/** Seconds until a controller manager or a scheduler that was stopped runs again. The kubelet lets one wait that has ended often. */
const RESTART_SECONDS = 330;

/** Seconds for a renewal, without the wait for other runs. */
export const RENEWAL_SECONDS = 60 + 2 * SERVED_SECONDS + 2 * RESTART_SECONDS;

/** Certificates that kubeadm renews, relative to /etc/kubernetes. */
const CERTIFICATES = [
  "pki/apiserver.crt",
  "pki/apiserver-kubelet-client.crt",
  "pki/apiserver-etcd-client.crt",
  "pki/front-proxy-client.crt",
  "pki/etcd/server.crt",
  "pki/etcd/peer.crt",
  "pki/etcd/healthcheck-client.crt",
];

/** Kubeconfigs that kubeadm renews. */
const KUBECONFIGS = ["admin.conf", "controller-manager.conf", "scheduler.conf"];

/**
 * Bash for a timer that renews the certificates that kubeadm made on a control plane. It works without the cluster's API and without
 * this program. Each control plane has an hour of its own, by its place among them.
 *
 * @see https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-certs/
 */
export function installRenewal(environment: Environment, node: NodeSpec): string {
  const names = apiServerNames(environment).map((name) =>
    isIPv4(name) ? `ip ${name}` : `host ${name}`,
  );
  const hour = `${placeOf(environment, node) % 24}`.padStart(2, "0");
  return script(
    `write ${NAMES} ${quote(names.join("\n"))} || true # read in every run
write ${CERTIFICATE_CONFIG} ${quote(certificateConfig(environment, node).trimEnd())} || true`,
    installTimer({
      name: RENEWAL,
      description: "Renews kubeadm's certificates when less than a third of their time is left",
      program: programText(environment.kubernetes.apiPort),
      clock: "Once a day: are kubeadm's certificates due?",
      // A machine that was off at its hour looks after its start.
      times: [`OnCalendar=*-*-* ${hour}:17:00`, "OnBootSec=10min"],
    }),
  );
}

/** Bash that renews now what is due. For scripts that hold the machine's lock; on a machine that is no control plane yet it does nothing. */
export const RENEW_DUE = `${timerProgram(RENEWAL)} locked`;

/** Bash that removes the timer. */
export const FORGET_RENEWAL = removeTimer(RENEWAL, FOLDER, "/etc/kubernetes/.renewal.*");

/**
 * The program of the timer. Exported for its test.
 *
 * kubeadm writes into a copy, so that neither a full disk nor a kill leaves a file that is half written. etcd and the API server read
 * their files again by themselves (seen with etcd 3.6.8 and Kubernetes 1.36.3, on whose API server no request fails meanwhile); the
 * controller manager and the scheduler have theirs from their start, so they are restarted, of which another one takes the lead.
 */
export function programText(apiPort: number): string {
  return `#!/bin/bash
# Renews what kubeadm made when one certificate ends within ${RENEW_BELOW_HOURS} hours, or when the API server's lacks a name. Made by the program cluster.
# The argument "locked" says that the caller holds the machine's lock.
set -euo pipefail
umask 077
if [[ \${1:-} != locked ]]; then
  exec 9>${LOCK}
  if ! flock --wait ${LOCK_DEADLINE_SECONDS} 9; then
    echo "another run still works on this machine after ${LOCK_DEADLINE_SECONDS} s (lslocks shows which)" >&2
    exit 1
  fi
fi
# A control plane that is not finished is left to the step that makes it.
[[ -f ${COMPLETE_MARKER} && -f /etc/kubernetes/manifests/kube-apiserver.yaml ]] || exit 0

# due FOLDER: prints what is to be renewed in a copy of /etc/kubernetes. A certificate that cannot be read is due too.
due() {
  local name kind
  cd "$1"
  for name in ${CERTIFICATES.join(" ")}; do
    openssl x509 -in "$name" -noout -checkend ${RENEW_BELOW_HOURS * 3600} >/dev/null 2>&1 || echo "$name ends soon"
  done
  for name in ${KUBECONFIGS.join(" ")}; do
    ${clientCertificateOf('"$name"')} |
      openssl x509 -noout -checkend ${RENEW_BELOW_HOURS * 3600} >/dev/null 2>&1 || echo "$name ends soon"
  done
  while read -r kind name; do
    openssl x509 -in pki/apiserver.crt -noout -check"$kind" "$name" 2>/dev/null | grep -q 'does match' || echo "pki/apiserver.crt lacks $name"
  done <${NAMES}
}

renew() {
  local copy file
  rm -rf /etc/kubernetes/.renewal.*
  root=$(mktemp --directory /etc/kubernetes/.renewal.XXXXXX)
  trap 'rm -rf "$root"' EXIT
  copy=$root/etc/kubernetes
  mkdir --parents "$copy"
  (cd /etc/kubernetes && cp --archive pki ${KUBECONFIGS.join(" ")} ${CERTIFICATE_CONFIG} "$copy")
  touch "$root/copied"
  if grep -q lacks <<<"$reasons"; then
    rm "$copy"/pki/apiserver.*
    kubeadm --rootfs "$root" init phase certs apiserver --config /etc/kubernetes/kubeadm.yaml >/dev/null
  fi
  kubeadm --rootfs "$root" certs renew all --config /etc/kubernetes/kubeadm.yaml >/dev/null
  still=$(due "$copy")
  if [[ -n $still ]]; then
    printf '%s: what kubeadm has made is not in order either, so nothing was replaced:\\n%s\\n' "$(hostname)" "$still" >&2
    echo "Next: look at this machine's clock and at the end of its CAs: kubeadm certs check-expiration" >&2
    exit 1
  fi
  # Keys first: if this is cut off between a key and its certificate, the old certificate is due again in the next run.
  cd "$copy"
  for file in $(find pki -name '*.key' -newer "$root/copied") $(find pki -name '*.crt' -newer "$root/copied") ${KUBECONFIGS.join(" ")}; do
    mv "$file" "/etc/kubernetes/$file"
  done
  cd /etc/kubernetes
}

# serves PORT FILE: whether this machine serves the certificate in the file there.
serves() {
  [[ $(openssl s_client -connect "127.0.0.1:$1" </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256) == "$(openssl x509 -in "$2" -noout -fingerprint -sha256)" ]]
}

# restart_outdated PROGRAM: a pod that has mounted another file than the present one began with the old certificate.
restart_outdated() {
  local program=$1 conf=/etc/kubernetes/\${1#kube-}.conf former deadline answer
  former=$(pidof "$program") || return 0
  [[ ! /proc/$former/root$conf -ef $conf ]] || return 0
  echo "restarting $program, which began with another $conf"
  kill "$former" || true
${indent(
  poll({
    what: "the program runs again with its renewed kubeconfig",
    command: "runs_anew",
    deadlineSeconds: RESTART_SECONDS,
  }),
)}
}
runs_anew() {
  local now
  now=$(pidof "$program") && [[ /proc/$now/root$conf -ef $conf ]]
}

reasons=$(due /etc/kubernetes)
if [[ -n $reasons ]]; then
  printf 'renewing: %s\\n' "\${reasons//$'\\n'/, }"
  renew
${indent(
  script(
    ...(
      [
        ["the API server", apiPort, "pki/apiserver.crt"],
        ["etcd", 2379, "pki/etcd/server.crt"],
      ] as const
    ).map(([what, port, file]) =>
      poll({
        what: `${what} serves its renewed certificate`,
        command: `serves ${port} ${file}`,
        deadlineSeconds: SERVED_SECONDS,
      }),
    ),
  ).trimEnd(),
)}
  echo "renewed, the API server's until $(openssl x509 -in pki/apiserver.crt -noout -enddate | cut -d = -f 2)"
fi
restart_outdated kube-controller-manager
restart_outdated kube-scheduler`;
}
