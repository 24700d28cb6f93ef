import type { Environment } from "../../environment/schema";
import { ADMISSION_PLUGINS } from "./admission";
import { hasAnonymousPaths } from "./authentication";
import { API_SERVER_FILES, API_SERVER_FOLDER, AUDIT_LOG_FOLDER } from "./paths";
import { ETCD_TLS_MIN_VERSION, TLS_CIPHER_SUITES, TLS_MIN_VERSION } from "./tls";

type Kubernetes = Environment["kubernetes"];

const SERVER = {
  "tls-min-version": TLS_MIN_VERSION,
  "tls-cipher-suites": TLS_CIPHER_SUITES.join(","),
};

/** No stack traces and no memory of a server over the network. */
const NO_PROFILES = { profiling: "false" };

/** Flags of the API server beside kubeadm's. */
export function apiServerFlags({ audit, version }: Kubernetes): Record<string, string> {
  return {
    ...SERVER,
    ...NO_PROFILES,
    "admission-control-config-file": API_SERVER_FILES.admission,
    "enable-admission-plugins": ADMISSION_PLUGINS.join(","),
    "audit-policy-file": API_SERVER_FILES.auditPolicy,
    "audit-log-path": `${AUDIT_LOG_FOLDER}/audit.log`,
    "audit-log-maxage": `${audit.maxAgeDays}`,
    "audit-log-maxbackup": `${audit.maxBackups}`,
    "audit-log-maxsize": `${audit.maxSizeMiB}`,
    ...(hasAnonymousPaths(version)
      ? { "authentication-config": API_SERVER_FILES.authentication }
      : {}),
    "encryption-provider-config": API_SERVER_FILES.encryption,
    // At the end of a rotation the old key goes without a restart: the API server checks the file once a minute.
    "encryption-provider-config-automatic-reload": "true",
    // A machine that takes over a node's address must not get the requests to its kubelet.
    "kubelet-certificate-authority": "/etc/kubernetes/pki/ca.crt",
    "request-timeout": "60s",
    // A pod's token ends after an hour, also when a program in it has read it only once.
    "service-account-extend-token-expiration": "false",
  };
}

/** What the API server reads and writes on the node beside kubeadm's folders; the form of kubeadm's extraVolumes. */
export const apiServerVolumes = [
  {
    name: "configuration",
    hostPath: API_SERVER_FOLDER,
    mountPath: API_SERVER_FOLDER,
    readOnly: true,
    pathType: "Directory",
  },
  {
    name: "audit-log",
    hostPath: AUDIT_LOG_FOLDER,
    mountPath: AUDIT_LOG_FOLDER,
    pathType: "Directory",
  },
];

/** Flags of the controller manager beside kubeadm's. */
export const controllerManagerFlags: Record<string, string> = {
  ...SERVER,
  ...NO_PROFILES,
  // Ended pods that stay for later inspection; Kubernetes' default is 12500.
  "terminated-pod-gc-threshold": "1000",
};

/** Flags of the scheduler beside kubeadm's. */
export const schedulerFlags: Record<string, string> = { ...SERVER, ...NO_PROFILES };

/** Flags of etcd beside kubeadm's. */
export const etcdFlags: Record<string, string> = {
  "tls-min-version": ETCD_TLS_MIN_VERSION,
  "cipher-suites": TLS_CIPHER_SUITES.join(","),
};
