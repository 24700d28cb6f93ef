/** Seconds until the cluster has deleted the pods of a deleted Node: it looks every 20 s, and twice 40 s apart. */
export const RECREATE_NODE_SECONDS = 120;

/**
 * Bash function `return_node NODE KUBECONFIG`: restarts the kubelet, which creates its Node only when it starts. This loses nothing
 * that the cluster has not given up already, as it has the pods of a deleted Node.
 */
export const RECREATE_NODE_FUNCTION = `return_node() {
  local deadline=$((SECONDS + ${RECREATE_NODE_SECONDS})) pods
  echo "the cluster has no node $1: its kubelet is restarted, which makes the Node anew"
  systemctl stop kubelet || true
  # The new Node may get another range of addresses. Pods that outlived the old one would keep theirs, and pods that start before
  # the pod network's agent would get theirs from the old range: without a configuration of the network none starts.
  while pods=$(kubectl --kubeconfig "$2" --request-timeout=10s get pods --all-namespaces --field-selector "spec.nodeName=$1" --output name) && [[ -n $pods ]] && ((SECONDS < deadline)); do
    sleep 0.5
  done
  ip link delete cni0 2>/dev/null || true
  rm -rf /etc/cni/net.d/* /var/lib/cni/* /run/flannel/subnet.env
  systemctl start kubelet || true
}`;
