umask 077
exec 3>&1 1>&2 9>/run/sitewright-kubeadm.lock
if ! flock --wait 300 9; then
  echo "another run still works on $(hostname) after 300 s; it holds /run/sitewright-kubeadm.lock (lslocks shows by whom)" >&2
  exit 1
fi

reset_node() {
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
  rm -rf /etc/cni/net.d/* /var/lib/cni/* /run/flannel /run/antrea /var/lib/etcd/member \
    /etc/kubernetes/pki /etc/kubernetes/manifests/* /etc/kubernetes/*.conf /etc/kubernetes/sitewright-complete /etc/kubernetes/sitewright-begun /var/lib/sitewright/kept/member /var/lib/sitewright/member-version
}
POD_NETWORK_CHAINS='KUBE-|CNI-|FLANNEL|flanneld|ANTREA'

reset_node
