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
    /etc/kubernetes/pki /etc/kubernetes/manifests/* /etc/kubernetes/*.conf /etc/kubernetes/sitewright-complete /var/lib/sitewright/kept/member
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

keep_member() { keep member /etc/kubernetes/manifests/*.yaml /var/lib/kubelet/config.yaml /var/lib/kubelet/kubeadm-flags.env; }

put_back_member() {
  local deadline answer
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

own_etcd() {
  local pki=/etc/kubernetes/pki/etcd
  install --directory --owner etcd --group etcd --mode 0700 /var/lib/etcd
  chown etcd:etcd $pki/server.key $pki/peer.key
  chmod 0755 $pki
  chmod 0644 $pki/*.crt
}

join_cluster() {
  kubeadm join phase control-plane-prepare download-certs --config "$config" &&
    kubeadm join phase control-plane-prepare certs --config "$config" &&
    own_etcd &&
    kubeadm join --config "$config"
}

name=devk8smst501
known() { kubectl --kubeconfig /etc/kubernetes/kubelet.conf --request-timeout=5s get node "$name" --output name; }

if [[ -f /etc/kubernetes/sitewright-complete && -f /etc/kubernetes/kubelet.conf ]]; then
  put_back_member
  systemctl start kubelet
  deadline=$((SECONDS + 60))
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
      printf '%s\n' "$answer" >&2
      exit 1
      ;;
  esac
  reset_node
elif [[ -e /etc/kubernetes/kubelet.conf || -e /etc/kubernetes/bootstrap-kubelet.conf || -d /etc/kubernetes/pki || -d /var/lib/etcd/member ]]; then
  reset_node
fi

# A node that was cleared a moment ago still counts as ready for a while, and until then its name is taken.
deadline=$((SECONDS + 90))
until output=$(join_cluster 2>&1); do
  if [[ $output != *'status "Ready" already exists'* ]] || ((SECONDS >= deadline)); then
    printf '%s\n' "$output" | tail --lines=40
    echo "kubeadm join of $name at kube.coolcorp.test:6443 failed; its last lines stand above." >&2
    echo "Look at: journalctl --unit kubelet on $name; then run the same command again: a join can be repeated." >&2
    exit 1
  fi
  sleep 0.5
done

deadline=$((SECONDS + 60))
until answer=$(known 2>&1); do
  if ((SECONDS >= deadline)); then
    echo 'devk8smst501 is known to the API server at kube.coolcorp.test:6443: not so after 60 s. The last answer was:' >&2
    printf '%s\n' "$answer" >&2
    exit 1
  fi
  sleep 0.5
done

echo control-plane >/etc/kubernetes/sitewright-complete
keep_member
