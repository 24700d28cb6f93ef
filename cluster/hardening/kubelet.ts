import { TLS_CIPHER_SUITES, TLS_MIN_VERSION } from "./tls";

/**
 * Processes and threads that one pod may have; a pod that multiplies without end takes no other along. Confluence's Java and
 * PostgreSQL stay in the hundreds.
 */
export const POD_PIDS_LIMIT = 4096;

/** Fields of KubeletConfiguration that differ from kubeadm's defaults; the environment's own are laid over them. */
export const hardenedKubelet = {
  // A pod that names no profile has the container runtime's, not none.
  seccompDefault: true,
  podPidsLimit: POD_PIDS_LIMIT,
  // Certificates of the cluster's CA in place of one the kubelet signs itself; approver.ts approves them.
  serverTLSBootstrap: true,
  enableProfilingHandler: false,
  tlsMinVersion: TLS_MIN_VERSION,
  tlsCipherSuites: [...TLS_CIPHER_SUITES],
};
