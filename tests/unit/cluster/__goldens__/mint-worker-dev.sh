umask 077
exec 3>&1 1>&2
export KUBECONFIG=/etc/kubernetes/admin.conf
if [[ ! -f $KUBECONFIG ]]; then
  echo "$(hostname) is no control plane (no $KUBECONFIG), so nobody can join there." >&2
  exit 1
fi
name=devk8swok501

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

fi

# Last, since it says whose members of etcd are lost.
if [[ -n $made_for && $made_for != vm-1 ]]; then
  echo "node $name was machine $made_for, which is gone"
  kubectl --request-timeout=30s delete node "$name" --ignore-not-found
fi

token=$(kubeadm token create --ttl 15m0s --description 'join of devk8swok501')

printf '{"token":"%s"}' "$token" >&3
