kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=10s delete node prdk8swok501 --ignore-not-found ||
  echo "node prdk8swok501 stays in the cluster's list of nodes" >&2
