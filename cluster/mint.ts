import { z } from "zod";

import type { Environment, NodeSpec } from "../environment/schema";
import { VM_ID_ANNOTATION } from "../kubernetes/nodes";
import { indent, quote, script } from "../remote/shell";
import { phaseConfig, TOKEN_TTL } from "./kubeadmConfig";

/** Seconds for a token, and for the control plane's certificates. */
export const MINT_DEADLINE_SECONDS = 120;

/** What minting prints. */
export const minted = z.strictObject({
  /** Bootstrap token that lives for TOKEN_TTL. */
  token: z.string().regex(/^[a-z0-9]{6}\.[a-z0-9]{16}$/),
  /** Key of the control plane's certificates, which the cluster keeps for two hours; for a control plane only. */
  certificateKey: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});

/**
 * Bash for the first control plane that lets one machine join: a fresh bootstrap token and, for a control plane, the
 * certificates under a fresh key. Both go to standard output and nowhere else: kubeadm invents them, so that no process
 * list shows them. A Node object of the same name that was made for another machine goes first.
 */
export function mintScript(environment: Environment, node: NodeSpec, vmId: string): string {
  return script(
    `umask 077
exec 3>&1 1>&2
export KUBECONFIG=/etc/kubernetes/admin.conf
if [[ ! -f $KUBECONFIG ]]; then
  echo "$(hostname) is no control plane (no $KUBECONFIG), so nobody can join there." >&2
  exit 1
fi
name=${quote(node.name)}`,
    `made_for=$(kubectl --request-timeout=10s get node "$name" --ignore-not-found --output jsonpath=${quote(`{.metadata.annotations.${VM_ID_ANNOTATION}}`)})
if [[ -n $made_for && $made_for != ${quote(vmId)} ]]; then
  echo "node $name was machine $made_for, which is gone"
  kubectl --request-timeout=30s delete node "$name"
${node.role === "control-plane" ? indent(REMOVE_ETCD_MEMBER) : ""}
fi`,
    `token=$(kubeadm token create --ttl ${TOKEN_TTL} --description ${quote(`join of ${node.name}`)})`,
    node.role === "control-plane"
      ? uploadCertificates(environment)
      : `printf '{"token":"%s"}' "$token" >&3`,
  );
}

/** Bash for the first control plane that forgets a node. A cluster that does not answer has nothing to forget. */
export function forgetScript(node: NodeSpec): string {
  return script(
    `kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=10s delete node ${quote(node.name)} --ignore-not-found ||
  echo "node ${node.name} stays in the cluster's list of nodes" >&2`,
  );
}

/** A lost control plane's member counts for the quorum and keeps its successor out, so it goes before that joins. */
const REMOVE_ETCD_MEMBER = `etcdctl() {
  kubectl --namespace kube-system exec "etcd-$(hostname)" -- etcdctl --endpoints https://127.0.0.1:2379 \\
    --cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/server.crt --key /etc/kubernetes/pki/etcd/server.key "$@"
}
member=$(etcdctl member list | awk -F', ' -v name="$name" '$3 == name { print $1 }')
[[ -z $member ]] || etcdctl member remove "$member"`;

function uploadCertificates(environment: Environment): string {
  return `config=$(mktemp /run/kubeadm-phase.XXXXXX)
trap 'rm -f "$config"' EXIT
printf '%s' ${quote(phaseConfig(environment))} >"$config"
key=$(kubeadm init phase upload-certs --upload-certs --config "$config" | grep -xE '[0-9a-f]{64}')
printf '{"token":"%s","certificateKey":"%s"}' "$token" "$key" >&3`;
}
