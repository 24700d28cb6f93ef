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

# Its second document says how the cluster is found.
trap 'rm -f "$config" /run/sitewright-discovery.conf' EXIT
awk '/^---$/ { second = 1; next } second' "$config" >/run/sitewright-discovery.conf
sed -i '/^---$/,$d' "$config"

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

join_cluster() { kubeadm join --config "$config"; }

etcdctl_on() {
  local node=$1 endpoint=$2
  shift 2
  kubectl --namespace kube-system --request-timeout=30s exec "etcd-$node" -- etcdctl --endpoints "$endpoint" \
    --cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/server.crt --key /etc/kubernetes/pki/etcd/server.key "$@"
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

name=prdk8swok501
kubelet_answer="it was not asked with them"
kubelet_known=
CHECK="look at the API's name, its load balancer, its certificate and the clock of $name; then the same command again."

# ask KUBECONFIG: what the API server says of this node goes to "$answer".
ask() { answer=$(kubectl --kubeconfig "$1" --request-timeout=5s get node "$name" --output name 2>&1) || true; }
# kubectl prints what it stumbled over before its last word.
is_member() { [[ ${answer##*$'\n'} == "node/$name" ]]; }
not_found() { [[ ${answer##*$'\n'} == "Error from server (NotFound): nodes \"$name\" not found" ]]; }
is_refused() { [[ ${answer##*$'\n'} == *x509* || ${answer##*$'\n'} == *Unauthorized* ]]; }

# ask_until SECONDS KUBECONFIG CONDITION...: asks until one of the conditions holds or the time is over.
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
  ask_until 10 /run/sitewright-discovery.conf is_member not_found
  is_member || not_found || ask_until 150 /run/sitewright-discovery.conf is_member not_found is_refused
}

# True when the machine's CA, of several the first, is not the one in the kubeconfig of this run.
of_another_cluster() {
  local ca=/etc/kubernetes/pki/ca.crt
  [[ -f $ca ]] && ! grep --fixed-strings --quiet "$(sed '/END CERTIFICATE/q' "$ca" | base64 --wrap=0)" /run/sitewright-discovery.conf
}

# Where there is data of etcd it has a vote, unless the cluster itself says that it has none.
etcd_votes() {
  local members
  [[ -d /var/lib/etcd/member ]] || return 1
  ! of_another_cluster || return 0
  members=$(KUBECONFIG=/etc/kubernetes/admin.conf etcdctl_on prdk8smst501 https\://127.0.0.1\:2379 member list) || return 0
  [[ $members == *", started, "* ]] || return 0
  grep --fixed-strings https\://192.168.10.61\:2380 <<<"$members" | grep --invert-match --quiet ', true$'
}
# True when this machine is a control plane whose own API server is ready, which needs etcd beside it.
serves_api() {
  [[ $(kubectl --kubeconfig /etc/kubernetes/admin.conf --server https\://192.168.10.61\:6443 --request-timeout=5s get --raw /readyz 2>&1) == ok ]]
}

# What is left of a join when the kubelet is known.
complete_member() {
  echo worker >/etc/kubernetes/sitewright-complete
  keep_member
}

refuse() {
  echo "$name is left as it is. Asked for its Node with the kubelet's credentials:" >&2
  printf '  %s\n' "${kubelet_answer//$'\n'/$'\n'  }" >&2
  echo "With the bootstrap token of this run, verified by the cluster's CA:" >&2
  printf '  %s\n' "${answer//$'\n'/$'\n'  }" >&2
  echo "Next: $1" >&2
  exit 1
}

if [[ -f /etc/kubernetes/kubelet.conf ]]; then
  [[ ! -f /etc/kubernetes/sitewright-complete ]] || put_back_member
  systemctl start kubelet || true
  ask_until 60 /etc/kubernetes/kubelet.conf is_member not_found is_refused
  kubelet_answer=$answer
  if is_member; then
    kubelet_known=yes
    if [[ -f /etc/kubernetes/sitewright-complete ]]; then
      keep_member
      exit 0
    fi
  fi
fi

if [[ -e /etc/kubernetes/kubelet.conf || -e /var/lib/kubelet/pki/kubelet-client-current.pem || -d /var/lib/etcd/member ]]; then
  ask_with_token
  if not_found && [[ -f /etc/kubernetes/sitewright-complete && -f /etc/kubernetes/kubelet.conf ]] && ! of_another_cluster; then
    return_node "$name" /etc/kubernetes/kubelet.conf
    ask_until 60 /etc/kubernetes/kubelet.conf is_member is_refused
    kubelet_answer=$answer
    if is_member; then
      complete_member
      exit 0
    fi
    ask_with_token
  fi
  if is_member; then
    if [[ -z $kubelet_known || -f /etc/kubernetes/sitewright-complete ]]; then
      refuse "if $name is to join anew: kubectl delete node $name, then the same command again, which gives it a fresh token. Otherwise $CHECK"
    fi
    # A join that was stopped half-way. What is left of it destroys nothing.
    complete_member
    exit 0
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
fi

# A node that was cleared a moment ago still counts as ready for a while, and until then its name is taken.
deadline=$((SECONDS + 90))
until output=$(join_cluster 2>&1); do
  if [[ $output != *'status "Ready" already exists'* ]] || ((SECONDS >= deadline)); then
    printf '%s\n' "$output" | tail --lines=40
    echo "kubeadm join of $name at kube.coolcorp.priv:6443 failed; its last lines stand above." >&2
    echo "Look at: journalctl --unit kubelet on $name; then run the same command again: a join can be repeated." >&2
    echo "If its token has ended (Unauthorized): kubectl delete node $name, then the same command, gives it another one." >&2
    exit 1
  fi
  # What the attempt has begun with: the next one would refuse to find it.
  rm -f /etc/kubernetes/bootstrap-kubelet.conf /etc/kubernetes/pki/ca.crt
  sleep 0.5
done

ask_until 60 /etc/kubernetes/kubelet.conf is_member
if ! is_member; then
  echo "$name has joined, and 60 s later the API server at kube.coolcorp.priv:6443 does not know it. The last answer was:" >&2
  printf '%s\n' "$answer" >&2
  exit 1
fi
echo worker >/etc/kubernetes/sitewright-complete
keep_member
