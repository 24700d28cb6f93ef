/** A check that may fail, and why that is no fault. */
export interface Exception {
  /** Of the check, as `make hardening` prints it. */
  id: string;
  /** The answer that is accepted. Default: every answer. */
  answer?: RegExp;
  /** Why the check fails. */
  reason: string;
  /** What protects the cluster instead. */
  instead: string;
}

/** Every exception there is; whatever else fails is a fault. */
export const EXCEPTIONS: readonly Exception[] = [
  {
    id: "1.1.9",
    reason:
      "the pod network's agent writes this file again whenever it starts, with a mode of its own choice",
    instead: "it holds no secret, and only root may write it",
  },
  {
    id: "1.1.19",
    // Nothing but etcd's own two keys.
    answer: /^(\/etc\/kubernetes\/pki\/etcd\/(server|peer)\.key 600 etcd:etcd(, )?)+$/,
    reason: "etcd runs without root, and has to read its two private keys",
    instead: "they are etcd's alone, mode 0600; everything else there is root's",
  },
  {
    id: "1.2.1",
    answer: /^Kubernetes 1\.(2\d|3[0-3])\.\d+ cannot tell paths apart/,
    reason:
      "before 1.34 Kubernetes cannot let anonymous requests in by path, and health checks are anonymous",
    instead:
      "RBAC lets them see health, version and cluster-info, which holds the CA's certificate, and nothing else",
  },
  {
    id: "1.2.11",
    reason:
      "with AlwaysPullImages no pod starts while the registry is away, and images of a site are readable by all its nodes",
    instead: "images come by version or digest; namespaces do not keep images from one another",
  },
];
