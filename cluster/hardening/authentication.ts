import semver from "semver";

/** Paths that need no account: load balancers and the kubelet's probes ask them, and have none. */
export const ANONYMOUS_PATHS = ["/livez", "/readyz", "/healthz"];

/**
 * Whether this Kubernetes can let anonymous requests in by path. In a version that cannot, RBAC alone decides what they reach.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-authenticator-configuration
 */
export function hasAnonymousPaths(version: string): boolean {
  return semver.gte(version, "1.34.0");
}

/** Anonymous requests to these paths, and to no other. */
export const authenticationConfiguration = {
  apiVersion: "apiserver.config.k8s.io/v1",
  kind: "AuthenticationConfiguration",
  anonymous: { enabled: true, conditions: ANONYMOUS_PATHS.map((path) => ({ path })) },
};
