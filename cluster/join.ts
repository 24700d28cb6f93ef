import type { Environment, NodeSpec } from "../environment/schema";
import { poll, quote, script } from "../remote/shell";
import { exclusively, KEEP_CONFIG, LOCK_DEADLINE_SECONDS } from "./exclusively";
import { OWN_ETCD_FUNCTION } from "./hardening/etcd";
import { apiEndpoint, DISCOVERY_FILE } from "./kubeadmConfig";
import { MEMBER_FILES } from "./memberFiles";
import { COMPLETE_MARKER, RESET_FUNCTION } from "./reset";

/** Seconds for one join, images of a control plane included. */
export const JOIN_DEADLINE_SECONDS = LOCK_DEADLINE_SECONDS + 600;

/** Seconds a node that was complete before may take to be known to the API server again. */
const KNOWN_DEADLINE_SECONDS = 60;

/** Seconds after which the API server counts a silent node as not ready, and some more. */
const STALE_DEADLINE_SECONDS = 90;

/**
 * Bash that lets a machine join, with kubeadm's configuration on standard input. A machine that is a member and known to
 * the API server is left as it is, and its configuration, whose token may be stale, is not read. Any other is cleared of
 * what a former join or a former cluster left, and joins.
 */
export function joinScript(environment: Environment, node: NodeSpec): string {
  return script(
    exclusively(),
    KEEP_CONFIG,
    `# Its second document says how the cluster is found.
trap 'rm -f "$config" ${DISCOVERY_FILE}' EXIT
awk '/^---$/ { second = 1; next } second' "$config" >${DISCOVERY_FILE}
sed -i '/^---$/,$d' "$config"`,
    RESET_FUNCTION,
    MEMBER_FILES,
    joinFunction(node),
    `name=${quote(node.name)}
known() { kubectl --kubeconfig /etc/kubernetes/kubelet.conf --request-timeout=5s get node "$name" --output name; }`,
    `if [[ -f ${COMPLETE_MARKER} && -f /etc/kubernetes/kubelet.conf ]]; then
  put_back_member
  systemctl start kubelet
  deadline=$((SECONDS + ${KNOWN_DEADLINE_SECONDS}))
  until answer=$(known 2>&1); do
    if ((SECONDS >= deadline)) || [[ $answer == *x509* || $answer == *Unauthorized* ]]; then break; fi
    sleep 0.5
  done
  case $answer in
    "node/$name")
      keep_member
      exit 0
      ;;
    *NotFound* | *x509* | *Unauthorized*) echo "$name was member of a cluster that does not know it: it joins anew" ;;
    *)
      echo "$name is member of a cluster whose API does not answer it, so it is left as it is. The last answer was:" >&2
      printf '%s\\n' "$answer" >&2
      exit 1
      ;;
  esac
  reset_node
elif [[ -e /etc/kubernetes/kubelet.conf || -e /etc/kubernetes/bootstrap-kubelet.conf || -d /etc/kubernetes/pki || -d /var/lib/etcd/member ]]; then
  reset_node
fi`,
    `# A node that was cleared a moment ago still counts as ready for a while, and until then its name is taken.
deadline=$((SECONDS + ${STALE_DEADLINE_SECONDS}))
until output=$(join_cluster 2>&1); do
  if [[ $output != *'status "Ready" already exists'* ]] || ((SECONDS >= deadline)); then
    printf '%s\\n' "$output" | tail --lines=40
    echo "kubeadm join of $name at ${apiEndpoint(environment)} failed; its last lines stand above." >&2
    echo "Look at: journalctl --unit kubelet on $name; then run the same command again: a join can be repeated." >&2
    exit 1
  fi
  sleep 0.5
done`,
    poll({
      what: `${node.name} is known to the API server at ${apiEndpoint(environment)}`,
      command: "known",
      deadlineSeconds: KNOWN_DEADLINE_SECONDS,
    }),
    `echo ${quote(node.role)} >${COMPLETE_MARKER}
keep_member`,
  );
}

/**
 * Bash function `join_cluster`. A control plane fetches and makes its certificates first: kubeadm starts etcd when it has them, and
 * keeps those it finds.
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
