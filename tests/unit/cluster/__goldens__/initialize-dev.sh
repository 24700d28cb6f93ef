umask 077
exec 3>&1 1>&2 9>/run/sitewright-kubeadm.lock
if ! flock --wait 300 9; then
  echo "another run still works on $(hostname) after 300 s; it holds /run/sitewright-kubeadm.lock (lslocks shows by whom)" >&2
  exit 1
fi

config=$(mktemp /run/kubeadm.XXXXXX)
trap 'rm -f "$config"' EXIT
cat >"$config"
exec </dev/null

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

own_etcd() {
  local pki=/etc/kubernetes/pki/etcd
  install --directory --owner etcd --group etcd --mode 0700 /var/lib/etcd
  chown etcd:etcd $pki/server.key $pki/peer.key
  chmod 0755 $pki
  chmod 0644 $pki/*.crt
}

# keep KEEPER FILE...: remembers the files as this step leaves them, with owner and mode.
keep() {
  local kept=/var/lib/sitewright/kept/$1 file
  shift
  rm -rf "$kept.new"
  (umask 077 && mkdir -p "$kept.new")
  for file in "$@"; do
    [[ -f $file ]] || continue
    (umask 077 && mkdir -p "$kept.new$(dirname "$file")")
    cp --preserve=mode,ownership "$file" "$kept.new$file"
  done
  rm -rf "$kept"
  mv "$kept.new" "$kept"
}

differs() {
  [[ ! -f $2 || $(sha256sum <"$1") != "$(sha256sum <"$2")" || $(stat --format='%a %u %g' "$1") != "$(stat --format='%a %u %g' "$2")" ]]
}

put_back() {
  local kept=/var/lib/sitewright/kept/$1 copy file fresh
  put_back=()
  [[ -d $kept ]] || return 0
  while IFS= read -r -d '' copy; do
    file=${copy#"$kept"}
    differs "$copy" "$file" || continue
    # The kubelet overlooks names that begin with a dot.
    fresh=$(dirname "$file")/.$(basename "$file").new
    mkdir -p "$(dirname "$file")"
    cp --preserve=mode,ownership "$copy" "$fresh"
    mv "$fresh" "$file"
    put_back+=("$file")
  done < <(find "$kept" -type f -print0)
}

keep_member() {
  keep member /etc/kubernetes/manifests/*.yaml /var/lib/kubelet/config.yaml /var/lib/kubelet/kubeadm-flags.env
  kubelet --version >/var/lib/sitewright/member-version
}

image_version() { sed --quiet --regexp-extended 's|^ *image: .*:([^:/]+)$|\1|p' "$1"; }
# What of this member has another version than when its files were remembered.
changed_versions() {
  local copy file was is
  if [[ -f /var/lib/sitewright/member-version ]]; then
    was=$(</var/lib/sitewright/member-version)
    is=$(kubelet --version)
    [[ $was == "$is" ]] || echo "  kubelet: $was, now $is"
  fi
  for file in /etc/kubernetes/manifests/*.yaml; do
    copy=/var/lib/sitewright/kept/member$file
    [[ -f $copy && -f $file ]] || continue
    was=$(image_version "$copy")
    is=$(image_version "$file")
    [[ $was == "$is" ]] || echo "  ${file##*/}: $was, now $is"
  done
}
runs_configured() {
  local server=/etc/kubernetes/manifests/kube-apiserver.yaml
  [[ $(kubelet --version) == 'Kubernetes v1.36.3' ]] &&
    [[ ! -f $server || $(image_version "$server") == v1.36.3 ]]
}

put_back_member() {
  local deadline answer changed
  changed=$(set -e; changed_versions)
  if [[ -n $changed ]]; then
    printf '%s was upgraded by hand:\n%s\n' "$(hostname)" "$changed" >&2
    if runs_configured; then
      echo "It runs what the environment says, so its files are remembered as they are." >&2
      keep_member
      return 0
    fi
    echo 'The environment asks for 1.36.3. Nothing was put back. Next: finish the upgrade on this machine, or take it back, and set kubernetes.version to what runs.' >&2
    exit 1
  fi
  put_back member
  ((${#put_back[@]} == 0)) || echo "put back as this program had left them: ${put_back[*]}"
  [[ " ${put_back[*]} " == *" /var/lib/kubelet/"* ]] || return 0
  systemctl restart kubelet
  deadline=$((SECONDS + 60))
  until answer=$(bash -c ': </dev/tcp/127.0.0.1/10248' 2>&1); do
    if ((SECONDS >= deadline)); then
      echo 'the kubelet answers: not so after 60 s. The last answer was:' >&2
      printf '%s\n' "$answer" >&2
      exit 1
    fi
    sleep 0.5
  done
}

mark_control_plane() {
  local kubectl="kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=30s"
  $kubectl label --overwrite node "$1" node-role.kubernetes.io/control-plane= node.kubernetes.io/exclude-from-external-load-balancers=
  $kubectl taint --overwrite node "$1" node-role.kubernetes.io/control-plane=:NoSchedule
}

return_node() {
  local deadline=$((SECONDS + 120)) pods
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
}

facts='clusterName=devk8sclu
controlPlaneEndpoint=kube.coolcorp.test:6443
podSubnet=10.244.0.0/16
serviceSubnet=10.96.0.0/16
cloudProvider=external'

complete() {
  [[ -f /etc/kubernetes/sitewright-complete && -f /etc/kubernetes/admin.conf && -f /etc/kubernetes/manifests/kube-apiserver.yaml ]]
}

same_facts() {
  local made
  made=$(</etc/kubernetes/sitewright-complete)
  if [[ $made != "$facts" ]]; then
    echo "The cluster on $(hostname) was made with other settings, which cannot change while it lives:" >&2
    printf '  made with:  %s\n' "${made//$'\n'/, }" >&2
    printf '  configured: %s\n' "${facts//$'\n'/, }" >&2
    echo "The cluster is left as it is. Set the configuration back, or destroy the cluster first." >&2
    exit 1
  fi
}

restore_node() {
  local node deadline answer
  node=$(kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=10s get node devk8smst501 --ignore-not-found --output name)
  [[ -z $node ]] || return 0
  return_node devk8smst501 /etc/kubernetes/admin.conf
  deadline=$((SECONDS + 60))
  until answer=$(kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=5s get node devk8smst501 --output name 2>&1); do
    if ((SECONDS >= deadline)); then
      echo 'the node devk8smst501 is there again: not so after 60 s. The last answer was:' >&2
      printf '%s\n' "$answer" >&2
      exit 1
    fi
    sleep 0.5
  done
  mark_control_plane devk8smst501
}
print_kubeconfig() {
  local copy deadline answer
  deadline=$((SECONDS + 120))
  until answer=$(kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=5s get --raw /readyz 2>&1); do
    if ((SECONDS >= deadline)); then
      echo 'the API server of this control plane is ready: not so after 120 s. The last answer was:' >&2
      printf '%s\n' "$answer" >&2
      exit 1
    fi
    sleep 0.5
  done
  restore_node
  copy=$(mktemp /run/kubeconfig.XXXXXX)
  cat /etc/kubernetes/admin.conf >"$copy"
  kubectl --kubeconfig "$copy" config set-cluster devk8sclu --server https://172.30.10.45:6443 >/dev/null
  cat "$copy" >&3
  rm -f "$copy"
}

if complete; then
  put_back_member
  same_facts
  keep_member
  print_kubeconfig
  exit 0
fi

if [[ -f /etc/kubernetes/sitewright-complete && ( -d /var/lib/etcd/member || -f /etc/kubernetes/admin.conf ) ]]; then
  echo "$(hostname) is a control plane that this program has finished, and lacks /etc/kubernetes/admin.conf or manifests/kube-apiserver.yaml: nothing is made anew over it." >&2
  echo "Put back what is missing (/var/lib/sitewright/kept/member has the manifests). If the cluster is to go: kubeadm reset on each of its nodes, then run this again." >&2
  exit 1
fi
if compgen -G '/etc/kubernetes/manifests/*.yaml' >/dev/null || [[ -e /etc/kubernetes/admin.conf || -d /var/lib/etcd/member ]]; then
  if [[ ! -f /etc/kubernetes/sitewright-begun ]]; then
    echo "$(hostname) has a control plane, or data of etcd, that this program has not begun to make. It is left as it is." >&2
    echo "If it is to go: kubeadm reset on each of its nodes, then run this again." >&2
    exit 1
  fi
  others=$(kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=5s get nodes --output name 2>/dev/null | grep -vx node/devk8smst501 || true)
  if [[ -n $others ]]; then
    echo "$(hostname) runs a control plane that was not made by this program, with these nodes:" $others >&2
    echo "It is left as it is. If it is to go: kubeadm reset on each of its nodes, then run this again." >&2
    exit 1
  fi
  reset_node
fi

# Nobody's token: whatever API server is there refuses it, and a load balancer without one does not answer.
answer=$(KUBECONFIG=/dev/null kubectl --server https://172.30.10.45:6443 --insecure-skip-tls-verify --token none --request-timeout=5s get --raw /readyz 2>&1) || true
if [[ $answer == ok || $answer == *Unauthorized* || $answer == *Forbidden* ]]; then
  echo "An API server answers at https://172.30.10.45:6443, and $(hostname) is no part of it: a second cluster is not made beside it." >&2
  echo "If that cluster is to go, destroy it first; if $(hostname) was replaced, list another control plane first." >&2
  exit 1
fi

# What lies here from now on is ours, finished or not.
mkdir -p /etc/kubernetes
touch /etc/kubernetes/sitewright-begun
# The certificates first: kubeadm starts etcd when it has made them, and keeps those it finds.
kubeadm init phase certs all --config "$config"
own_etcd
kubeadm init --config "$config" --skip-token-print --skip-certificate-key-print
# The one credential that no role binding limits; kubeadm needs it only to begin (1.29 and later).
rm -f /etc/kubernetes/super-admin.conf
printf '%s\n' "$facts" >/etc/kubernetes/sitewright-complete
keep_member

print_kubeconfig
