import type { Environment, NodeSpec } from "../../environment/schema";
import { indent, poll } from "../../lib/bash";

/** Seconds an API server may take to stop, and then to be ready again. */
export const RESTART_SECONDS = 120;

/**
 * Bash function `restart_api_server`: stops this machine's API server, which the kubelet then starts again, so that it reads its
 * files; then waits until it is ready. If none runs, it does nothing.
 */
export function restartApiServer(
  { kubernetes }: Pick<Environment, "kubernetes">,
  node: NodeSpec,
): string {
  const server = `https://${node.address}:${kubernetes.apiPort}`;
  return `api_server_is_new() {
  local now
  now=$(pidof kube-apiserver) && [[ $now != "$former" ]] &&
    kubectl --kubeconfig /etc/kubernetes/admin.conf --server ${server} --request-timeout=5s get --raw /readyz
}
restart_api_server() {
  local former deadline answer
  former=$(pidof kube-apiserver) || return 0
  echo "restarting the API server of $(hostname)"
  kill $former
${indent(
  poll({
    what: `the API server at ${server} is ready after a restart`,
    command: "api_server_is_new",
    deadlineSeconds: RESTART_SECONDS,
  }),
)}
}`;
}
