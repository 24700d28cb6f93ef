import type { Environment } from "../../environment/schema";
import { quote, script } from "../../lib/bash";

/** Name of the service on every control plane. */
export const APPROVER = "kubelet-csr-approver";
const PROGRAM = `/usr/local/sbin/${APPROVER}`;
const UNIT = `/etc/systemd/system/${APPROVER}.service`;

/** The nodes of the environment, name and address in a line each. */
const NODES = "/etc/kubernetes/kubelets";

/**
 * Bash for a service that approves the serving certificates of the kubelets: those of new nodes, and later those that replace expiring
 * ones. Kubernetes approves none by itself, because only the operator of a site knows the names and addresses of its nodes. The
 * service leaves any other request as it is, for an administrator.
 *
 * It is a service on the machine and not a pod: it must work before there is a pod network, and it has no image.
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

/** Bash that removes the service. */
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
