/** Folder of the files that the API server reads beside kubeadm's; mounted into its pod, read only. */
export const API_SERVER_FOLDER = "/etc/kubernetes/apiserver";

/** Folder of the API server's audit log on the node. */
export const AUDIT_LOG_FOLDER = "/var/log/kubernetes/audit";

/** Folder of the changes that kubeadm makes to the static pods it writes. */
export const PATCHES_FOLDER = "/etc/kubernetes/patches";

/** Files of API_SERVER_FOLDER. */
export const API_SERVER_FILES = {
  admission: `${API_SERVER_FOLDER}/admission.yaml`,
  auditPolicy: `${API_SERVER_FOLDER}/audit-policy.yaml`,
  authentication: `${API_SERVER_FOLDER}/authentication.yaml`,
  /** Holds the key that Secrets are encrypted with. */
  encryption: `${API_SERVER_FOLDER}/encryption.yaml`,
  eventRateLimit: `${API_SERVER_FOLDER}/event-rate-limit.yaml`,
  podSecurity: `${API_SERVER_FOLDER}/pod-security.yaml`,
} as const;
