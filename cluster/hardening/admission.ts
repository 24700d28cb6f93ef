import { API_SERVER_FILES } from "./paths";

/**
 * Admission plugins beside Kubernetes' defaults, of which PodSecurity is one. With externalIPs, whoever may create
 * Services could take over traffic to any address; nothing here needs them.
 */
export const ADMISSION_PLUGINS = ["NodeRestriction", "EventRateLimit", "DenyServiceExternalIPs"];

/**
 * The only namespace without a label where pods of any kind may run: the agents of the network, the nodes and the volumes run there
 * before anything could label it.
 */
export const POD_SECURITY_EXEMPT = ["kube-system"];

/** Where each plugin finds its configuration. */
export const admissionConfiguration = {
  apiVersion: "apiserver.config.k8s.io/v1",
  kind: "AdmissionConfiguration",
  plugins: [
    { name: "PodSecurity", path: API_SERVER_FILES.podSecurity },
    { name: "EventRateLimit", path: API_SERVER_FILES.eventRateLimit },
  ],
};

/** The strictest level applies to a namespace without labels of its own. */
export const podSecurityConfiguration = {
  apiVersion: "pod-security.admission.config.k8s.io/v1",
  kind: "PodSecurityConfiguration",
  defaults: {
    enforce: "restricted",
    "enforce-version": "latest",
    audit: "restricted",
    "audit-version": "latest",
    warn: "restricted",
    "warn-version": "latest",
  },
  exemptions: { usernames: [], runtimeClasses: [], namespaces: POD_SECURITY_EXEMPT },
};

/**
 * Events per second, and at once: for one namespace or one account what the kubelet allows itself by default, so that a pod
 * that fails in a loop does not fill etcd. What is above is refused, and its sender drops or repeats it.
 */
export const eventRateLimitConfiguration = {
  apiVersion: "eventratelimit.admission.k8s.io/v1alpha1",
  kind: "Configuration",
  limits: [
    { type: "Namespace", qps: 50, burst: 100, cacheSize: 2000 },
    { type: "User", qps: 50, burst: 100, cacheSize: 2000 },
  ],
};
