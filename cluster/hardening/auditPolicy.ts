/** Accounts that only watch, all the time, and change nothing. */
const SYSTEM_USERS = [
  "system:kube-controller-manager",
  "system:kube-scheduler",
  "system:kube-proxy",
  "system:apiserver",
];

/**
 * What the API server logs: who did what to which object, when and from where, but not the content. The exceptions are changes of
 * rights and of what separates namespaces: their content is no secret, and it is what one wants to read afterwards. The first rule
 * that matches decides.
 *
 * A patch is logged without its content: the API server reads the content as JSON, and drops the whole event of an apply, whose
 * content is YAML. Pulumi, and every other user of server-side apply, creates and changes every object that way.
 * @see https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/
 * @see https://github.com/kubernetes/kubernetes/pull/139419
 */
export const auditPolicy = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  // Every request would be two lines.
  omitStages: ["RequestReceived"],
  rules: [
    { level: "None", nonResourceURLs: ["/healthz*", "/livez*", "/readyz*", "/version"] },
    {
      level: "None",
      resources: [{ group: "", resources: ["events"] }, { group: "events.k8s.io" }],
    },
    // Heartbeats and elections.
    { level: "None", resources: [{ group: "coordination.k8s.io", resources: ["leases"] }] },
    { level: "None", users: SYSTEM_USERS, verbs: ["get", "list", "watch"] },
    { level: "None", userGroups: ["system:nodes"], verbs: ["get", "list", "watch"] },
    {
      level: "Request",
      verbs: ["create", "update", "delete", "deletecollection"],
      resources: [
        { group: "rbac.authorization.k8s.io" },
        { group: "networking.k8s.io", resources: ["networkpolicies"] },
        { group: "certificates.k8s.io" },
        { group: "", resources: ["namespaces", "resourcequotas", "limitranges"] },
      ],
    },
    { level: "Metadata" },
  ],
};
