import { TLS_CIPHER_SUITES, TLS_MIN_VERSION } from "./tls";

/**
 * Processes and threads that one pod may have; so that a pod that starts processes without end stops no other pod. Confluence's Java and
 * PostgreSQL stay in the hundreds.
 */
export const POD_PIDS_LIMIT = 4096;

/** Fields of KubeletConfiguration that differ from kubeadm's defaults; the environment's own are laid over them. */
export const hardenedKubelet = {
  // A pod that names no seccomp profile gets the container runtime's.
  seccompDefault: true,
  podPidsLimit: POD_PIDS_LIMIT,
  // The cluster's CA signs the kubelet's certificate, not the kubelet itself; kubeletApprover.ts approves it.
  serverTLSBootstrap: true,
  enableProfilingHandler: false,
  tlsMinVersion: TLS_MIN_VERSION,
  tlsCipherSuites: [...TLS_CIPHER_SUITES],
};
