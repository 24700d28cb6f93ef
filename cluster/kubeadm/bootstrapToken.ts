import { z } from "zod";

import type { Environment, NodeSpec } from "../../environment/schema";
import { VM_ID_ANNOTATION } from "../../kubernetes/nodes";
import { indent, poll, quote, script } from "../../lib/bash";
import { clientUrl, ETCDCTL_FUNCTION, peerUrl } from "./etcdctl";
import { phaseConfig, TOKEN_TTL } from "./kubeadmConfig";

/** Seconds until the Node of a machine that was removed is no longer ready: its lease ends after 40 s, and some more. */
const GONE_DEADLINE_SECONDS = 120;

/** Seconds until a kubelet that has just started has its certificate: before that nothing can be run in its pods. */
const KUBELET_CERTIFICATE_SECONDS = 60;

/** Seconds for creating a token and uploading the control plane's certificates. */
export const BOOTSTRAP_TOKEN_DEADLINE_SECONDS =
  GONE_DEADLINE_SECONDS + KUBELET_CERTIFICATE_SECONDS + 120;

/** What createBootstrapTokenScript prints, as JSON. */
export const bootstrapTokenOutput = z.strictObject({
  /** Bootstrap token that lives for TOKEN_TTL. */
  token: z.string().regex(/^[a-z0-9]{6}\.[a-z0-9]{16}$/),
  /** Key of the control plane's certificates, which the cluster keeps for two hours. Only for a control plane. */
  certificateKey: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});

/**
 * Bash for a control plane that lets one machine join. It creates a new bootstrap token and, for a control plane, uploads the
 * certificates, encrypted with a new key. Both go to standard output and nowhere else: kubeadm generates them, so that no process
 * list shows them. First it deletes a Node of the same name that belongs to another machine, unless that machine still runs.
 */
export function createBootstrapTokenScript(
  environment: Environment,
  node: NodeSpec,
  vmId: string,
): string {
  return script(
    `umask 077
exec 3>&1 1>&2
export KUBECONFIG=/etc/kubernetes/admin.conf
if [[ ! -f $KUBECONFIG ]]; then
  echo "$(hostname) is no control plane (no $KUBECONFIG), so nobody can join there." >&2
  exit 1
fi
name=${quote(node.name)}`,
    node.role === "control-plane" ? ETCDCTL_FUNCTION : "",
    `node() { kubectl --request-timeout=10s get node "$name" --ignore-not-found --output jsonpath="$1"; }
made_for=$(node ${quote(`{.metadata.annotations.${VM_ID_ANNOTATION}}`)})
if [[ -n $made_for && $made_for != ${quote(vmId)} ]]; then
  refuse() {
    echo "The cluster's node $name is machine $made_for, $1; the site has machine ${vmId} by that name. Nothing was changed." >&2
    echo "Next: if machine $made_for is to go, switch it off; then run the same command again." >&2
    exit 1
  }
  # A machine that was replaced a moment ago is ready until its lease ends.
  deadline=$((SECONDS + ${GONE_DEADLINE_SECONDS}))
  until ready=$(node '{.metadata.name} {.status.conditions[?(@.type=="Ready")].status}') && [[ $ready != *" True" ]]; do
    ((SECONDS < deadline)) || refuse "which is still ready"
    sleep 0.5
  done
${node.role === "control-plane" ? indent(refuseHealthyMember(node)) : ""}
fi`,
    node.role === "control-plane" ? removeLostMembers(node, vmId) : "",
    `# Last, since it says whose members of etcd are lost.
if [[ -n $made_for && $made_for != ${quote(vmId)} ]]; then
  echo "node $name was machine $made_for, which is gone"
  kubectl --request-timeout=30s delete node "$name" --ignore-not-found
fi`,
    `token=$(kubeadm token create --ttl ${TOKEN_TTL} --description ${quote(`join of ${node.name}`)})`,
    node.role === "control-plane"
      ? uploadCertificates(environment)
      : `printf '{"token":"%s"}' "$token" >&3`,
  );
}

/** Bash that refuses if etcd on the previous machine still answers: as long as it does, it counts for the quorum. */
function refuseHealthyMember({ address }: NodeSpec): string {
  return `# Asked for itself first: so it is known that the question can be asked.
etcdctl_on "$(hostname)" ${quote(clientUrl("127.0.0.1"))} endpoint health
! etcdctl_on "$(hostname)" ${quote(clientUrl(address))} endpoint health || refuse "whose etcd is healthy"`;
}

/**
 * Bash that removes the etcd member of a lost machine: it counts for the quorum and keeps the new machine out. It finds a member by
 * name or by peer address: a member that never started has no name. If the Node does not belong to another machine, it removes only
 * members without a vote, which an interrupted join has left.
 */
function removeLostMembers({ address }: NodeSpec, vmId: string): string {
  const list = `etcdctl_on "$(hostname)" ${quote(clientUrl("127.0.0.1"))} member list`;
  return `if [[ $made_for != ${quote(vmId)} ]]; then
${indent(
  poll({
    what: "etcd of this control plane lists its members",
    command: list,
    deadlineSeconds: KUBELET_CERTIFICATE_SECONDS,
  }),
)}
  members=$(${list})
  for member in $(awk -F', ' -v name="$name" -v url=${quote(peerUrl(address))} -v lost="$made_for" \\
    '($3 == name || $4 == url) && (lost != "" || $2 == "unstarted" || $6 == "true") { print $1 }' <<<"$members"); do
    echo "etcd's member $member of $name goes"
    etcdctl_on "$(hostname)" ${quote(clientUrl("127.0.0.1"))} member remove "$member"
  done
fi`;
}

function uploadCertificates(environment: Environment): string {
  return `config=$(mktemp /run/kubeadm-phase.XXXXXX)
trap 'rm -f "$config"' EXIT
printf '%s' ${quote(phaseConfig(environment))} >"$config"
key=$(kubeadm init phase upload-certs --upload-certs --config "$config" | grep -xE '[0-9a-f]{64}')
printf '{"token":"%s","certificateKey":"%s"}' "$token" "$key" >&3`;
}
