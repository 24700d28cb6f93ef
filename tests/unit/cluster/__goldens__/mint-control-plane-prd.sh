umask 077
exec 3>&1 1>&2
export KUBECONFIG=/etc/kubernetes/admin.conf
if [[ ! -f $KUBECONFIG ]]; then
  echo "$(hostname) is no control plane (no $KUBECONFIG), so nobody can join there." >&2
  exit 1
fi
name=prdk8smst501

etcdctl_on() {
  local node=$1 endpoint=$2
  shift 2
  kubectl --namespace kube-system --request-timeout=30s exec "etcd-$node" -- etcdctl --endpoints "$endpoint" \
    --cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/server.crt --key /etc/kubernetes/pki/etcd/server.key "$@"
}

node() { kubectl --request-timeout=10s get node "$name" --ignore-not-found --output jsonpath="$1"; }
made_for=$(node \{.metadata.annotations.sitewright/vm-id\})
if [[ -n $made_for && $made_for != vm-1 ]]; then
  refuse() {
    echo "The cluster's node $name is machine $made_for, $1; the site has machine vm-1 by that name. Nothing was changed." >&2
    echo "Next: if machine $made_for is to go, switch it off; then run the same command again." >&2
    exit 1
  }
  # A machine that was replaced a moment ago is ready until its lease ends.
  deadline=$((SECONDS + 120))
  until ready=$(node '{.metadata.name} {.status.conditions[?(@.type=="Ready")].status}') && [[ $ready != *" True" ]]; do
    ((SECONDS < deadline)) || refuse "which is still ready"
    sleep 0.5
  done
  # Asked for itself first: so it is known that the question can be asked.
  etcdctl_on "$(hostname)" https\://127.0.0.1\:2379 endpoint health
  ! etcdctl_on "$(hostname)" https\://192.168.10.56\:2379 endpoint health || refuse "whose etcd is healthy"
fi

if [[ $made_for != vm-1 ]]; then
  members=$(etcdctl_on "$(hostname)" https\://127.0.0.1\:2379 member list)
  for member in $(awk -F', ' -v name="$name" -v url=https\://192.168.10.56\:2380 -v lost="$made_for" \
    '($3 == name || $4 == url) && (lost != "" || $2 == "unstarted" || $6 == "true") { print $1 }' <<<"$members"); do
    echo "etcd's member $member of $name goes"
    etcdctl_on "$(hostname)" https\://127.0.0.1\:2379 member remove "$member"
  done
fi

# Last, since it says whose members of etcd are lost.
if [[ -n $made_for && $made_for != vm-1 ]]; then
  echo "node $name was machine $made_for, which is gone"
  kubectl --request-timeout=30s delete node "$name" --ignore-not-found
fi

token=$(kubeadm token create --ttl 15m0s --description 'join of prdk8smst501')

config=$(mktemp /run/kubeadm-phase.XXXXXX)
trap 'rm -f "$config"' EXIT
printf '%s' 'apiVersion: kubeadm.k8s.io/v1beta3
kind: ClusterConfiguration
kubernetesVersion: v1.27.16
' >"$config"
key=$(kubeadm init phase upload-certs --upload-certs --config "$config" | grep -xE '[0-9a-f]{64}')
printf '{"token":"%s","certificateKey":"%s"}' "$token" "$key" >&3
