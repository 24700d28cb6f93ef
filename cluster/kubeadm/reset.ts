import { script } from "../../lib/bash";
import { LAST_APPLIED_FOLDER } from "../../ssh/lastApplied";
import { withLock, LOCK_DEADLINE_SECONDS } from "./lock";
import { MEMBER_VERSION } from "./memberFiles";

/** Seconds `kubeadm reset` may take on a machine with running pods. */
export const RESET_DEADLINE_SECONDS = LOCK_DEADLINE_SECONDS + 300;

/**
 * Written by our own steps when kubeadm has finished on a machine: without it the machine is half-made, whatever else
 * lies there. Its content says for whom it was made.
 */
export const COMPLETE_MARKER = "/etc/kubernetes/sitewright-complete";

/** Written by our own step before kubeadm makes the first control plane: what lies there then is nobody else's. */
export const BEGUN_MARKER = "/etc/kubernetes/sitewright-begun";

/**
 * Bash function `reset_node`: takes a machine back to where preparation left it, so that init or join finds a clean one.
 *
 * kubeadm leaves the pod network and its packet filter rules to whoever installed them. Rules are taken out chain by chain
 * and put back in one step: flushing all of them would close the machine's own firewall on the session that does it.
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

/** Bash that makes a machine forget its cluster. It succeeds on a machine that has none. */
export function resetScript(): string {
  return script(withLock(), RESET_FUNCTION, "reset_node");
}
