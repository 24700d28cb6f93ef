/**
 * Bash function `mark_control_plane NODE`: sets the labels and the taint that kubeadm gives the Node of a control plane and that a
 * kubelet may not set itself. A Node that was deleted comes back without them.
 * @see https://github.com/kubernetes/kubernetes/blob/master/cmd/kubeadm/app/phases/markcontrolplane
 */
export const MARK_CONTROL_PLANE_FUNCTION = `mark_control_plane() {
  local kubectl="kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=30s"
  $kubectl label --overwrite node "$1" node-role.kubernetes.io/control-plane= node.kubernetes.io/exclude-from-external-load-balancers=
  $kubectl taint --overwrite node "$1" node-role.kubernetes.io/control-plane=:NoSchedule
}`;
