umask 077
exec 3>&1 1>&2
export KUBECONFIG=/etc/kubernetes/admin.conf
if [[ ! -f $KUBECONFIG ]]; then
  echo "$(hostname) is no control plane (no $KUBECONFIG), so nobody can join there." >&2
  exit 1
fi
name=devk8smst501

made_for=$(kubectl --request-timeout=10s get node "$name" --ignore-not-found --output jsonpath=\{.metadata.annotations.sitewright/vm-id\})
if [[ -n $made_for && $made_for != vm-1 ]]; then
  echo "node $name was machine $made_for, which is gone"
  kubectl --request-timeout=30s delete node "$name"
  etcdctl() {
    kubectl --namespace kube-system exec "etcd-$(hostname)" -- etcdctl --endpoints https://127.0.0.1:2379 \
      --cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/server.crt --key /etc/kubernetes/pki/etcd/server.key "$@"
  }
  member=$(etcdctl member list | awk -F', ' -v name="$name" '$3 == name { print $1 }')
  [[ -z $member ]] || etcdctl member remove "$member"
fi

token=$(kubeadm token create --ttl 15m0s --description 'join of devk8smst501')

config=$(mktemp /run/kubeadm-phase.XXXXXX)
trap 'rm -f "$config"' EXIT
printf '%s' 'apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.3
' >"$config"
key=$(kubeadm init phase upload-certs --upload-certs --config "$config" | grep -xE '[0-9a-f]{64}')
printf '{"token":"%s","certificateKey":"%s"}' "$token" "$key" >&3
