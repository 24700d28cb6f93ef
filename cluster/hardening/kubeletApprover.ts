import type { Environment } from "../../environment/schema";
import { quote, script } from "../../lib/bash";

/** Name of the service on every control plane. */
export const APPROVER = "kubelet-csr-approver";
const PROGRAM = `/usr/local/sbin/${APPROVER}`;
const UNIT = `/etc/systemd/system/${APPROVER}.service`;

/** The nodes of the environment, name and address in a line each. */
const NODES = "/etc/kubernetes/kubelets";

/**
 * Bash that keeps a service running which approves certificates for the kubelets' own server, those that expire next year as well
 * as a new node's. Kubernetes approves none by itself, because only who runs the site knows which names and addresses are a
 * node's. One that asks for anything else is left as it is, for an administrator to look at.
 *
 * A service on the machine and no pod: it has to work before there is a pod network, and nobody makes an image for it.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/#certificate-rotation
 */
export function approveKubelets({ nodes }: Pick<Environment, "nodes">): string {
  const list = nodes.map(({ name, address }) => `${name} ${address}`);
  return script(
    `approver=no
write ${NODES} ${quote(list.join("\n"))} || true # read at every request
if write ${PROGRAM} ${quote(PROGRAM_TEXT)}; then approver=changed; fi
chmod 0700 ${PROGRAM}
if write ${UNIT} ${quote(UNIT_TEXT)}; then approver=changed; fi
if [[ $approver == changed ]]; then
  systemctl daemon-reload
  systemctl stop ${APPROVER}
fi
systemctl enable --quiet --now ${APPROVER}`,
  );
}

/** Bash that takes the service away. */
export const FORGET_APPROVER = `systemctl disable --quiet --now ${APPROVER} 2>/dev/null || true
rm -f ${UNIT} ${PROGRAM} ${NODES}`;

const UNIT_TEXT = `[Unit]
Description=Approves serving certificates of the site's kubelets
After=network-online.target
StartLimitIntervalSec=0

[Service]
ExecStart=${PROGRAM}
# A watch ends now and then.
Restart=always
RestartSec=1

[Install]
WantedBy=multi-user.target`;

/** Exported for its test. */
export const PROGRAM_TEXT = `#!/bin/bash
# Approves serving certificates of the kubelets that ${NODES} lists, for their own name and address. Made by the program cluster.
set -uo pipefail
export KUBECONFIG=/etc/kubernetes/admin.conf
# There is none before the control plane is made.
until [[ -f $KUBECONFIG ]]; do
  sleep 0.5
done

refuse() { echo "$1 is left as it is: $2" >&2; }

judge() {
  local csr=$1 user node address text names name
  [[ -z $(kubectl get csr "$csr" --ignore-not-found --output jsonpath='{.status.conditions}') ]] || return 0
  user=$(kubectl get csr "$csr" --ignore-not-found --output jsonpath='{.spec.username}')
  [[ -n $user ]] || return 0
  node=\${user#system:node:}
  address=$(awk -v node="$node" '$1 == node { print $2 }' ${NODES})
  if [[ $user == "$node" || -z $address ]]; then
    refuse "$csr" "$user is no node of the site"
    return
  fi
  if ! text=$(kubectl get csr "$csr" --output jsonpath='{.spec.request}' | base64 --decode | openssl req -noout -text -subject -nameopt RFC2253); then
    refuse "$csr" "it cannot be read"
    return
  fi
  if ! grep -qx "subject=CN=system:node:$node,O=system:nodes" <<<"$text"; then
    refuse "$csr" "it is for another subject than $user"
    return
  fi
  names=$(awk '/X509v3 Subject Alternative Name/ { getline; gsub(/^ +| +$/, ""); print }' <<<"$text")
  if [[ -z $names || $names == *$'\\n'* ]]; then
    refuse "$csr" "it has no names, or several lists of them"
    return
  fi
  while read -r name; do
    if [[ $name != "DNS:$node" && $name != "IP Address:$address" ]]; then
      refuse "$csr" "it is for $name, and $node has the address $address"
      return
    fi
  done <<<"\${names//, /$'\\n'}"
  kubectl certificate approve "$csr"
}

kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving --watch --output name | while read -r csr; do
  judge "\${csr##*/}"
done`;
