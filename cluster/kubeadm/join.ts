import type { Environment, NodeSpec } from "../../environment/schema";
import { script } from "../../lib/bash";
import { RENEW_DUE, RENEWAL_SECONDS } from "../certificates/renewal";
import { OWN_ETCD_FUNCTION } from "../hardening/etcd";
import { apiEndpoint, DISCOVERY_FILE } from "./kubeadmConfig";
import { withLock, KEEP_CONFIG, LOCK_DEADLINE_SECONDS } from "./lock";
import { memberFiles } from "./memberFiles";
import { RESET_FUNCTION } from "./reset";
import {
  markComplete,
  resetIfPermitted,
  RESET_PERMISSION_DEADLINE_SECONDS,
  KNOWN_DEADLINE_SECONDS,
} from "./resetPermission";

/** Seconds for one join, images of a control plane included. */
export function joinDeadlineSeconds({ role }: Pick<NodeSpec, "role">): number {
  const join = LOCK_DEADLINE_SECONDS + RESET_PERMISSION_DEADLINE_SECONDS + 600;
  return role === "control-plane" ? join + RENEWAL_SECONDS : join;
}

/** Seconds until the API server counts a silent node as not ready, and some more. */
const STALE_DEADLINE_SECONDS = 90;

/**
 * Bash that makes a machine join. Standard input is kubeadm's configuration. A machine that is a member and known to the API server is
 * left as it is, and its configuration, whose token may have expired, is not read. What an earlier join or an earlier cluster left is
 * reset if resetPermission.ts permits it, and then the machine joins.
 */
export function joinScript(environment: Environment, node: NodeSpec): string {
  return script(
    withLock(),
    KEEP_CONFIG,
    `# Its second document says how the cluster is found.
trap 'rm -f "$config" ${DISCOVERY_FILE}' EXIT
awk '/^---$/ { second = 1; next } second' "$config" >${DISCOVERY_FILE}
sed -i '/^---$/,$d' "$config"`,
    RESET_FUNCTION,
    memberFiles(environment),
    joinFunction(node),
    resetIfPermitted(environment, node),
    `# A node that was cleared a moment ago still counts as ready for a while, and until then its name is taken.
deadline=$((SECONDS + ${STALE_DEADLINE_SECONDS}))
until output=$(join_cluster 2>&1); do
  if [[ $output != *'status "Ready" already exists'* ]] || ((SECONDS >= deadline)); then
    printf '%s\\n' "$output" | tail --lines=40
    [[ $output != *x509* ]] || echo "The clock of $name says $(date --utc +%Y-%m-%dT%H:%M:%SZ). If that is wrong, certificates look as if they had ended or not begun: timedatectl" >&2
    echo "kubeadm join of $name at ${apiEndpoint(environment)} failed; its last lines stand above." >&2
    echo "Look at: journalctl --unit kubelet on $name; then run the same command again: a join can be repeated." >&2
    echo "If its token has ended (Unauthorized): kubectl delete node $name, then the same command, gives it another one." >&2
    exit 1
  fi
  # What the attempt has begun with: the next one would refuse to find it.
  rm -f /etc/kubernetes/bootstrap-kubelet.conf /etc/kubernetes/pki/ca.crt
  sleep 0.5
done`,
    `ask_until ${KNOWN_DEADLINE_SECONDS} /etc/kubernetes/kubelet.conf is_member
if ! is_member; then
  echo "$name has joined, and ${KNOWN_DEADLINE_SECONDS} s later the API server at ${apiEndpoint(environment)} does not know it. The last answer was:" >&2
  printf '%s\\n' "$answer" >&2
  exit 1
fi
${markComplete(environment, node)}
keep_member`,
    // kubeadm takes the names in its certificate from the cluster's first configuration.
    node.role === "control-plane" ? RENEW_DUE : "",
  );
}

/**
 * Bash function `join_cluster`. A control plane first fetches and creates its certificates: kubeadm starts etcd when it has them, and
 * keeps those that it finds.
 */
function joinFunction({ role }: NodeSpec): string {
  return role === "worker"
    ? `join_cluster() { kubeadm join --config "$config"; }`
    : script(
        OWN_ETCD_FUNCTION,
        `join_cluster() {
  kubeadm join phase control-plane-prepare download-certs --config "$config" &&
    kubeadm join phase control-plane-prepare certs --config "$config" &&
    own_etcd &&
    kubeadm join --config "$config"
}`,
      );
}
