import type { Environment, NodeSpec } from "../../environment/schema";
import { indent, quote, script } from "../../lib/bash";
import { immutableFactsText } from "../state/immutableSettings";
import { MARK_CONTROL_PLANE_FUNCTION } from "./controlPlaneLabels";
import { RECREATE_NODE_FUNCTION, RECREATE_NODE_SECONDS } from "./recreateNode";
import { clientUrl, ETCDCTL_FUNCTION, peerUrl } from "./etcdctl";
import { DISCOVERY_FILE } from "./kubeadmConfig";
import { COMPLETE_MARKER } from "./reset";

/** Seconds from the start of a kubelet until the API server must know it. */
export const KNOWN_DEADLINE_SECONDS = 60;

/** Seconds an API server may be busy, starting or out of reach before its last answer counts. */
const API_DEADLINE_SECONDS = 150;

/** Seconds until every API server has seen a token that was created on one of them. */
const TOKEN_SPREAD_SECONDS = 10;

/** Seconds that the whole of resetIfPermitted may wait. */
export const RESET_PERMISSION_DEADLINE_SECONDS =
  2 * (KNOWN_DEADLINE_SECONDS + TOKEN_SPREAD_SECONDS + API_DEADLINE_SECONDS) +
  RECREATE_NODE_SECONDS;

/**
 * Bash that decides about a machine that has files of a cluster. If it is a member, it stays. If a reset is permitted, it is reset.
 * Otherwise the script changes nothing and ends with an error.
 *
 * A reset is permitted only if an API server says that it has no such node. The CA in the state must have authenticated that API
 * server, and it must accept the bootstrap token of this run. A reset is never permitted while etcd on the machine may have a vote.
 * A certificate that cannot be verified, credentials that are refused, a server that is busy, silent or another one: a wrong clock,
 * name or load balancer may cause all of these, so none of them permits a reset.
 * kubeadm lets a bootstrap token read nodes (its ClusterRole kubeadm:get-nodes).
 */
export function resetIfPermitted(environment: Environment, node: NodeSpec): string {
  return script(
    ETCDCTL_FUNCTION,
    MARK_CONTROL_PLANE_FUNCTION,
    RECREATE_NODE_FUNCTION,
    functions(environment, node),
    `if [[ -f ${KUBELET_CONF} ]]; then
  [[ ! -f ${COMPLETE_MARKER} ]] || put_back_member
  systemctl start kubelet || true
  ask_until ${KNOWN_DEADLINE_SECONDS} ${KUBELET_CONF} is_member not_found is_refused
  kubelet_answer=$answer
  if is_member; then
    kubelet_known=yes
    if [[ -f ${COMPLETE_MARKER} ]]; then
      keep_member
      exit 0
    fi
  fi
fi`,
    `if [[ -e ${KUBELET_CONF} || -e /var/lib/kubelet/pki/kubelet-client-current.pem || -d /var/lib/etcd/member ]]; then
  ask_with_token
  if not_found && [[ -f ${COMPLETE_MARKER} && -f ${KUBELET_CONF} ]] && ! of_another_cluster; then
    return_node "$name" ${KUBELET_CONF}
    ask_until ${KNOWN_DEADLINE_SECONDS} ${KUBELET_CONF} is_member is_refused
    kubelet_answer=$answer
    if is_member; then
      complete_member
      exit 0
    fi
    ask_with_token
  fi
  if is_member; then
    if [[ -z $kubelet_known || -f ${COMPLETE_MARKER} ]]; then
      refuse "if $name is to join anew: kubectl delete node $name, then the same command again, which gives it a fresh token. Otherwise $CHECK"
    fi
    # A join that was stopped half-way. What is left of it destroys nothing.
${indent(indent(completeInterruptedJoin(node)))}
  elif ! not_found; then
    refuse "$CHECK A token that has ended: kubectl delete node $name, then the same command, gives it another one."
  fi
  if etcd_votes; then
    refuse "etcd on $name may have a vote. If nothing on it is needed any more: etcdctl member remove of $name on another control plane, kubeadm reset on $name, then the same command again."
  fi
  reset_node
elif [[ -e /etc/kubernetes/bootstrap-kubelet.conf || -d /etc/kubernetes/pki ]]; then
  # Neither credentials of a kubelet nor data of etcd: it is no member of anything.
  reset_node
fi`,
  );
}

/** Bash that ends the script if only the end of a join is missing. An API server is ready when the etcd beside it has joined. */
function completeInterruptedJoin({ role }: NodeSpec): string {
  return role === "worker"
    ? `complete_member
exit 0`
    : `if serves_api; then
  complete_member
  exit 0
fi`;
}

const KUBELET_CONF = "/etc/kubernetes/kubelet.conf";

/** Bash that notes that a join is complete; on a control plane with what verifyControlPlaneScript compares. */
export function markComplete(environment: Environment, { role }: NodeSpec): string {
  const content = role === "control-plane" ? immutableFactsText(environment) : role;
  return `echo ${quote(content)} >${COMPLETE_MARKER}`;
}

function functions(environment: Environment, node: NodeSpec): string {
  const { kubernetes } = environment;
  const admin = "/etc/kubernetes/admin.conf";
  return script(
    `name=${quote(node.name)}
kubelet_answer="it was not asked with them"
kubelet_known=
CHECK="look at the API's name, its load balancer, its certificate and the clock of $name; then the same command again."`,
    `# ask KUBECONFIG: what the API server says of this node goes to "$answer".
ask() { answer=$(kubectl --kubeconfig "$1" --request-timeout=5s get node "$name" --output name 2>&1) || true; }
# kubectl prints what it stumbled over before its last word.
is_member() { [[ \${answer##*$'\\n'} == "node/$name" ]]; }
not_found() { [[ \${answer##*$'\\n'} == "Error from server (NotFound): nodes \\"$name\\" not found" ]]; }
is_refused() { [[ \${answer##*$'\\n'} == *x509* || \${answer##*$'\\n'} == *Unauthorized* ]]; }`,
    `# ask_until SECONDS KUBECONFIG CONDITION...: asks until one of the conditions holds or the time is over.
ask_until() {
  local deadline=$((SECONDS + $1)) kubeconfig=$2 condition
  shift 2
  while ask "$kubeconfig"; do
    for condition in "$@"; do
      ! $condition || return 0
    done
    ((SECONDS < deadline)) || return 0
    sleep 0.5
  done
}
ask_with_token() {
  ask_until ${TOKEN_SPREAD_SECONDS} ${DISCOVERY_FILE} is_member not_found
  is_member || not_found || ask_until ${API_DEADLINE_SECONDS} ${DISCOVERY_FILE} is_member not_found is_refused
}`,
    `# True when the machine's CA, of several the first, is not the one in the kubeconfig of this run.
of_another_cluster() {
  local ca=/etc/kubernetes/pki/ca.crt
  [[ -f $ca ]] && ! grep --fixed-strings --quiet "$(sed '/END CERTIFICATE/q' "$ca" | base64 --wrap=0)" ${DISCOVERY_FILE}
}`,
    `# Where there is data of etcd it has a vote, unless the cluster itself says that it has none.
etcd_votes() {
  local other members=
  [[ -d /var/lib/etcd/member ]] || return 1
  ! of_another_cluster || return 0
  for other in $(kubectl --kubeconfig ${admin} --request-timeout=10s get pods --namespace kube-system --selector component=etcd --output jsonpath='{.items[*].spec.nodeName}'); do
    [[ $other != "$name" ]] || continue
    members=$(KUBECONFIG=${admin} etcdctl_on "$other" ${quote(clientUrl("127.0.0.1"))} member list) && break
  done
  [[ $members == *", started, "* ]] || return 0
  grep --fixed-strings ${quote(peerUrl(node.address))} <<<"$members" | grep --invert-match --quiet ', true$'
}
# True when this machine is a control plane whose own API server is ready, which needs etcd beside it.
serves_api() {
  [[ $(kubectl --kubeconfig ${admin} --server ${quote(`https://${node.address}:${kubernetes.apiPort}`)} --request-timeout=5s get --raw /readyz 2>&1) == ok ]]
}`,
    `# What is left of a join when the kubelet is known.
complete_member() {
${node.role === "control-plane" ? '  mark_control_plane "$name"\n' : ""}  ${markComplete(environment, node)}
  keep_member
}`,
    `refuse() {
  echo "$name is left as it is. Asked for its Node with the kubelet's credentials:" >&2
  printf '  %s\\n' "\${kubelet_answer//$'\\n'/$'\\n'  }" >&2
  echo "With the bootstrap token of this run, verified by the cluster's CA:" >&2
  printf '  %s\\n' "\${answer//$'\\n'/$'\\n'  }" >&2
  echo "Next: $1" >&2
  exit 1
}`,
  );
}
