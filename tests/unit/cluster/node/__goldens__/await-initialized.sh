nodes=(prdk8smst501 prdk8swok501)
# has VALUES PATTERN: true when one of the values, separated by blanks, matches.
has() {
  local value
  for value in $1; do
    [[ $value != $2 ]] || return 0
  done
  return 1
}
lacks() {
  echo "$name: $1"
  complete=no
}
every_node() {
  local objects name object present absent complete=yes
  objects=$(kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=5s get nodes --output jsonpath='{range .items[*]}{.metadata.name}{"|"}{.spec.providerID}{"|"}{.spec.taints[*].key}{"\n"}{end}') || return 1
  for name in "${nodes[@]}"; do
    if ! object=$(grep --max-count=1 "^$name|" <<<"$objects"); then
      lacks 'not among the nodes'
      continue
    fi
    IFS='|' read -r _ present absent <<<"$object"
    has "$present" vsphere\://\* || lacks 'has no providerID'
    if has "$absent" node.cloudprovider.kubernetes.io/uninitialized; then lacks 'still has the taint that keeps pods off'; fi
  done
  [[ $complete == yes ]] || { echo 'Why: kubectl --namespace kube-system logs daemonset/vsphere-cloud-controller-manager'; return 1; }
}

deadline=$((SECONDS + 300))
until answer=$(every_node 2>&1); do
  if ((SECONDS >= deadline)); then
    echo 'the cloud controller manager has found the machines of all nodes in the vCenter: not so after 300 s. The last answer was:' >&2
    printf '%s\n' "$answer" >&2
    exit 1
  fi
  sleep 0.5
done
