import { entryAddress } from "../../environment/loadBalancers";
import type { Environment, NodeSpec } from "../../environment/schema";
import { indent, poll, quote, script } from "../../lib/bash";
import { LAST_APPLIED_FOLDER } from "../../ssh/lastApplied";
import { operatorKubeconfigFunction } from "../certificates/operatorKubeconfig";
import { RENEW_DUE, RENEWAL_SECONDS } from "../certificates/renewal";
import { OWN_ETCD_FUNCTION } from "../hardening/etcd";
import { immutableFactsText } from "../state/immutableSettings";
import { MARK_CONTROL_PLANE_FUNCTION } from "./controlPlaneLabels";
import { RECREATE_NODE_FUNCTION, RECREATE_NODE_SECONDS } from "./recreateNode";
import { withLock, KEEP_CONFIG, LOCK_DEADLINE_SECONDS } from "./lock";
import { memberFiles } from "./memberFiles";
import { BEGUN_MARKER, COMPLETE_MARKER, RESET_FUNCTION } from "./reset";
import { KNOWN_DEADLINE_SECONDS } from "./resetPermission";

/** Seconds for pulling the control plane's images and starting them. */
export const INITIALIZE_DEADLINE_SECONDS =
  LOCK_DEADLINE_SECONDS + RECREATE_NODE_SECONDS + RENEWAL_SECONDS + 600;

/** Seconds a complete control plane may take to answer, such as after a reboot. */
const READY_DEADLINE_SECONDS = 120;

/**
 * Bash that initializes a control plane. Standard input is kubeadm's configuration; the only output is the operator's
 * kubeconfig. If the control plane is complete, the script leaves it as it is. If this script has begun it and not finished, it resets
 * the machine and begins again. It refuses any other control plane, and a second cluster beside one that answers at the load balancer.
 */
export function initializeScript(environment: Environment, node: NodeSpec): string {
  const { loadBalancer, kubernetes } = environment;
  const apiServer = `https://${entryAddress(loadBalancer)}:${kubernetes.apiPort}`;
  return script(
    withLock(),
    KEEP_CONFIG,
    RESET_FUNCTION,
    OWN_ETCD_FUNCTION,
    sharedFunctions(environment, node),
    `if complete; then
  put_back_member
  same_facts
  keep_member
  ${RENEW_DUE}
  print_kubeconfig
  exit 0
fi`,
    `if [[ -f ${COMPLETE_MARKER} && ( -d /var/lib/etcd/member || -f /etc/kubernetes/admin.conf ) ]]; then
  echo "$(hostname) is a control plane that this program has finished, and lacks /etc/kubernetes/admin.conf or manifests/kube-apiserver.yaml: nothing is made anew over it." >&2
  echo "Put back what is missing (${LAST_APPLIED_FOLDER}/member has the manifests). If the cluster is to go: kubeadm reset on each of its nodes, then run this again." >&2
  exit 1
fi
if compgen -G '/etc/kubernetes/manifests/*.yaml' >/dev/null || [[ -e /etc/kubernetes/admin.conf || -d /var/lib/etcd/member ]]; then
  if [[ ! -f ${BEGUN_MARKER} ]]; then
    echo "$(hostname) has a control plane, or data of etcd, that this program has not begun to make. It is left as it is." >&2
    echo "If it is to go: kubeadm reset on each of its nodes, then run this again." >&2
    exit 1
  fi
  others=$(kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=5s get nodes --output name 2>/dev/null | grep -vx ${quote(`node/${node.name}`)} || true)
  if [[ -n $others ]]; then
    echo "$(hostname) runs a control plane that was not made by this program, with these nodes:" $others >&2
    echo "It is left as it is. If it is to go: kubeadm reset on each of its nodes, then run this again." >&2
    exit 1
  fi
  reset_node
fi`,
    `# Nobody's token: whatever API server is there refuses it, and a load balancer without one does not answer.
answer=$(KUBECONFIG=/dev/null kubectl --server ${apiServer} --insecure-skip-tls-verify --token none --request-timeout=5s get --raw /readyz 2>&1) || true
if [[ $answer == ok || $answer == *Unauthorized* || $answer == *Forbidden* ]]; then
  echo "An API server answers at ${apiServer}, and $(hostname) is no part of it: a second cluster is not made beside it." >&2
  echo "If that cluster is to go, destroy it first; if $(hostname) was replaced, list another control plane first." >&2
  exit 1
fi`,
    `# What lies here from now on is ours, finished or not.
mkdir -p /etc/kubernetes
touch ${BEGUN_MARKER}
# The certificates first: kubeadm starts etcd when it has made them, and keeps those it finds.
kubeadm init phase certs all --config "$config"
own_etcd
kubeadm init --config "$config" --skip-token-print --skip-certificate-key-print
# The one credential that no role binding limits; kubeadm needs it only to begin (1.29 and later).
rm -f /etc/kubernetes/super-admin.conf
printf '%s\\n' "$facts" >${COMPLETE_MARKER}
keep_member`,
    "print_kubeconfig",
  );
}

/**
 * Bash that runs in place of initializeScript once the cluster exists and its configuration or its machine has changed. It never
 * creates a cluster: it compares the immutable settings, and ends with an error if the machine has lost its control plane.
 */
export function verifyControlPlaneScript(
  environment: Environment,
  node: Pick<NodeSpec, "name">,
): string {
  return script(
    withLock(),
    sharedFunctions(environment, node),
    "put_back_member",
    `if ! complete; then
  echo "$(hostname) was a control plane of this cluster and is none now: its machine was replaced or reset." >&2
  echo "Nothing is made anew over a cluster that may have data. Bring it back from its backup: make recover ENV=${environment.stack}. Or give it up:" >&2
  echo "  PULUMI_K8S_DELETE_UNREACHABLE=true pulumi destroy   in apps, then pulumi destroy in cluster, then up again" >&2
  exit 1
fi
same_facts
keep_member
${RENEW_DUE}
print_kubeconfig`,
  );
}

/** Functions complete, same_facts and print_kubeconfig, and the facts they compare. */
function sharedFunctions(environment: Environment, { name }: Pick<NodeSpec, "name">): string {
  const { loadBalancer, kubernetes } = environment;
  return script(
    memberFiles(environment),
    MARK_CONTROL_PLANE_FUNCTION,
    RECREATE_NODE_FUNCTION,
    operatorKubeconfigFunction(environment),
    `facts=${quote(immutableFactsText(environment))}`,
    `complete() {
  [[ -f ${COMPLETE_MARKER} && -f /etc/kubernetes/admin.conf && -f /etc/kubernetes/manifests/kube-apiserver.yaml ]]
}`,
    `same_facts() {
  local made
  made=$(<${COMPLETE_MARKER})
  # That is all that older programs have noted where a control plane has joined.
  if [[ $made != "$facts" && $made != control-plane ]]; then
    echo "The cluster on $(hostname) was made with other settings, which cannot change while it lives:" >&2
    printf '  made with:  %s\\n' "\${made//$'\\n'/, }" >&2
    printf '  configured: %s\\n' "\${facts//$'\\n'/, }" >&2
    echo "The cluster is left as it is. Set the configuration back, or destroy the cluster first." >&2
    exit 1
  fi
}`,
    `restore_node() {
  local node deadline answer
  node=$(kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=10s get node ${quote(name)} --ignore-not-found --output name)
  [[ -z $node ]] || return 0
  return_node ${quote(name)} /etc/kubernetes/admin.conf
${indent(
  poll({
    what: `the node ${name} is there again`,
    command: `kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=5s get node ${quote(name)} --output name`,
    deadlineSeconds: KNOWN_DEADLINE_SECONDS,
  }),
)}
  mark_control_plane ${quote(name)}
}
print_kubeconfig() {
  local copy deadline answer
${indent(
  poll({
    what: "the API server of this control plane is ready",
    command:
      "kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=5s get --raw /readyz",
    deadlineSeconds: READY_DEADLINE_SECONDS,
  }),
)}
  restore_node
  copy=$(mktemp /run/kubeconfig.XXXXXX)
  operator_kubeconfig >"$copy"
  kubectl --kubeconfig "$copy" config set-cluster ${quote(kubernetes.clusterName)} --server https://${entryAddress(loadBalancer)}:${kubernetes.apiPort} >/dev/null
  cat "$copy" >&3
  rm -f "$copy"
}`,
  );
}
