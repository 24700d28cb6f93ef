umask 077
exec 3>&1 1>&2 9>/run/sitewright-kubeadm.lock
if ! flock --wait 300 9; then
  echo "another run still works on $(hostname) after 300 s; it holds /run/sitewright-kubeadm.lock (lslocks shows by whom)" >&2
  exit 1
fi

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
  copy=$(mktemp /run/kubeconfig.XXXXXX)
  cat /etc/kubernetes/admin.conf >"$copy"
  kubectl --kubeconfig "$copy" config set-cluster devk8sclu --server https://172.30.10.45:6443 >/dev/null
  cat "$copy" >&3
  rm -f "$copy"
}

if ! complete; then
  echo "$(hostname) was the first control plane and has none now: its machine was replaced or reset." >&2
  echo "Nothing is made anew over a cluster that may have data. Restore it, or give it up:" >&2
  echo "  PULUMI_K8S_DELETE_UNREACHABLE=true pulumi destroy   in apps, then pulumi destroy in cluster, then up again" >&2
  exit 1
fi
same_facts
print_kubeconfig
