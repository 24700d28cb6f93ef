import { script } from "../../lib/bash";
import { LAST_APPLIED_FOLDER } from "../../ssh/lastApplied";
import { withLock, LOCK_DEADLINE_SECONDS } from "./lock";
import { MEMBER_VERSION } from "./memberFiles";

/** Seconds `kubeadm reset` may take on a machine with running pods. */
export const RESET_DEADLINE_SECONDS = LOCK_DEADLINE_SECONDS + 300;

/**
 * These steps write this file when kubeadm has finished on a machine. Without it the machine is incomplete, whatever else it has. Its
 * content says what the machine was made for.
 */
export const COMPLETE_MARKER = "/etc/kubernetes/sitewright-complete";

/** The init step writes this file before kubeadm initializes a control plane: what kubeadm leaves then belongs to this site. */
export const BEGUN_MARKER = "/etc/kubernetes/sitewright-begun";

/**
 * Bash function `reset_node`: takes a machine back to its state after preparation, so that init or join finds a clean one.
 *
 * kubeadm does not remove the pod network and its packet filter rules. This function removes only the rules in their chains, and
 * loads the others again in one step: flushing all rules would cut off the SSH session in which it runs.
 */
export const RESET_FUNCTION = `reset_node() {
  echo "clearing what kubeadm left on $(hostname)"
  kubeadm reset --force --cleanup-tmp-dir >/dev/null || echo "kubeadm reset did not end well; clearing goes on" >&2
  systemctl stop kubelet 2>/dev/null || true
  local link family rules set
  for link in cni0 flannel.1 antrea-gw0 genev_sys_6081 kube-ipvs0; do
    ip link delete "$link" 2>/dev/null || true
  done
  for family in iptables ip6tables; do
    command -v "$family-save" >/dev/null || continue
    rules=$("$family-save")
    if [[ $rules =~ $POD_NETWORK_CHAINS ]]; then
      grep -vE "$POD_NETWORK_CHAINS" <<<"$rules" | "$family-restore"
    fi
  done
  if command -v ipset >/dev/null; then
    for set in $(ipset list -name | grep -E '^(inet6:)?(KUBE|kube-router|ANTREA)' || true); do
      ipset destroy "$set" || true
    done
  fi
  # The folders themselves stay: containerd watches the first.
  rm -rf /etc/cni/net.d/* /var/lib/cni/* /run/flannel /run/antrea /var/lib/etcd/member \\
    /etc/kubernetes/pki /etc/kubernetes/manifests/* /etc/kubernetes/*.conf ${COMPLETE_MARKER} ${BEGUN_MARKER} ${LAST_APPLIED_FOLDER}/member ${MEMBER_VERSION}
}
POD_NETWORK_CHAINS='KUBE-|CNI-|FLANNEL|flanneld|ANTREA'`;

/** Bash that resets a machine. It also succeeds on a machine that is part of no cluster. */
export function resetScript(): string {
  return script(withLock(), RESET_FUNCTION, "reset_node");
}
