umask 077
exec 3>&1 1>&2 9>/run/sitewright-kubeadm.lock
if ! flock --wait 300 9; then
  echo "another run still works on $(hostname) after 300 s; it holds /run/sitewright-kubeadm.lock (lslocks shows by whom)" >&2
  exit 1
fi

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
  [[ $(kubelet --version) == 'Kubernetes v1.27.16' ]] &&
    [[ ! -f $server || $(image_version "$server") == v1.27.16 ]]
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
    echo 'The environment asks for 1.27.16. Nothing was put back. Next: finish the upgrade on this machine, or take it back, and set kubernetes.version to what runs.' >&2
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

facts='clusterName=prdk8sclu
controlPlaneEndpoint=kube.coolcorp.priv:6443
podSubnet=10.1.0.0/16
serviceSubnet=10.2.0.0/16
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
  node=$(kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=10s get node prdk8smst501 --ignore-not-found --output name)
  [[ -z $node ]] || return 0
  return_node prdk8smst501 /etc/kubernetes/admin.conf
  deadline=$((SECONDS + 60))
  until answer=$(kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=5s get node prdk8smst501 --output name 2>&1); do
    if ((SECONDS >= deadline)); then
      echo 'the node prdk8smst501 is there again: not so after 60 s. The last answer was:' >&2
      printf '%s\n' "$answer" >&2
      exit 1
    fi
    sleep 0.5
  done
  mark_control_plane prdk8smst501
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
  kubectl --kubeconfig "$copy" config set-cluster prdk8sclu --server https://192.168.10.45:6443 >/dev/null
  cat "$copy" >&3
  rm -f "$copy"
}

put_back_member

if ! complete; then
  echo "$(hostname) was the first control plane and has none now: its machine was replaced or reset." >&2
  echo "Nothing is made anew over a cluster that may have data. Restore it, or give it up:" >&2
  echo "  PULUMI_K8S_DELETE_UNREACHABLE=true pulumi destroy   in apps, then pulumi destroy in cluster, then up again" >&2
  exit 1
fi
same_facts
keep_member
print_kubeconfig
