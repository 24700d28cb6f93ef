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
  objects=$(kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=5s get csinodes --output jsonpath='{range .items[*]}{.metadata.name}{"|"}{.spec.drivers[*].name}{"|"}{"\n"}{end}') || return 1
  for name in "${nodes[@]}"; do
    if ! object=$(grep --max-count=1 "^$name|" <<<"$objects"); then
      lacks 'not among the csinodes'
      continue
    fi
    IFS='|' read -r _ present absent <<<"$object"
    has "$present" csi.vsphere.vmware.com || lacks 'does not have the driver csi.vsphere.vmware.com'
  done
  [[ $complete == yes ]] || { echo 'Why: kubectl --namespace vmware-system-csi logs --all-containers --prefix --selector app=vsphere-csi-node'; return 1; }
}

deadline=$((SECONDS + 300))
until answer=$(every_node 2>&1); do
  if ((SECONDS >= deadline)); then
    echo "vSphere's CSI driver is there on all nodes: not so after 300 s. The last answer was:" >&2
    printf '%s\n' "$answer" >&2
    exit 1
  fi
  sleep 0.5
done
