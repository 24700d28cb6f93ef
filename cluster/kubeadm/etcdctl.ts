/** Peer URL: where a member listens for the others. It identifies a member that has not started yet, which has no name. */
export const peerUrl = (address: string): string => `https://${address}:2380`;

/** Client URL: where a member answers its clients. */
export const clientUrl = (address: string): string => `https://${address}:2379`;

/** How etcdctl proves itself in the container of etcd, which has these files. */
const CREDENTIALS =
  "--cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/server.crt --key /etc/kubernetes/pki/etcd/server.key";

/**
 * Bash function `etcdctl_on NODE ENDPOINT ARGS...`: runs etcdctl in the pod of etcd on a control plane, through the kubeconfig in
 * KUBECONFIG. The machines have no etcdctl, and the image of etcd has no other programs.
 *
 * `member list` prints a line for each member: id, started or unstarted, name, peer URL, client URL, and whether it is a learner,
 * which has no vote yet.
 */
export const ETCDCTL_FUNCTION = `etcdctl_on() {
  local node=$1 endpoint=$2
  shift 2
  kubectl --namespace kube-system --request-timeout=30s exec "etcd-$node" -- etcdctl --endpoints "$endpoint" \\
    ${CREDENTIALS} "$@"
}`;

/** Bash that prints containerd's name of the container of etcd, whose process is in `$process`; nothing, where it has none. */
export const ETCD_TASK = `ctr --namespace k8s.io tasks list | awk -v process="$process" '$2 == process { print $1 }'`;

/**
 * Bash that runs etcdctl in the container `$task` of this machine, without the cluster's API; its command follows. Give it /dev/null as
 * standard input.
 *
 * @param purpose - Names what runs there.
 */
export const etcdctlInTask = (purpose: string): string =>
  `ctr --namespace k8s.io tasks exec --exec-id "${purpose}-$$" "$task" etcdctl --endpoints ${clientUrl("127.0.0.1")} \\
  ${CREDENTIALS}`;
