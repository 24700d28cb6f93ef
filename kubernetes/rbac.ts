/** Verbs that read and change nothing. */
export const READ = ["get", "list", "watch"];

/** What a binding grants: the role of this name. */
export function roleRef(kind: "Role" | "ClusterRole", name: string) {
  return { apiGroup: "rbac.authorization.k8s.io", kind, name };
}
