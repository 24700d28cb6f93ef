/**
 * How soon a dead node is noticed. Until the node controller has given a node up, Services still send clients to its
 * pods: one new connection in three, if one of three pods was on it. Kubernetes' defaults give 50 s (40 s before 1.32).
 *
 * The kubelet renews its lease every quarter of the lease's length, so a node is given up after four renewals that did not
 * come. Its pods are evicted 300 s after that, as by default: an interruption of half a minute moves nothing.
 * @see https://kubernetes.io/docs/concepts/architecture/nodes/#node-heartbeats
 */
const SECONDS_UNTIL_GIVEN_UP = 20;

/** Fields of KubeletConfiguration. */
export const kubeletHeartbeat = { nodeLeaseDurationSeconds: SECONDS_UNTIL_GIVEN_UP };

/** Flags of the controller manager. */
export const nodeControllerFlags: Record<string, string> = {
  "node-monitor-grace-period": `${SECONDS_UNTIL_GIVEN_UP}s`,
};
