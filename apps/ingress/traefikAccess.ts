import { ServiceAccount } from "@pulumi/kubernetes/core/v1";
import { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";

/** Who may look where. */
export interface TraefikAccessArgs {
  /** Namespace of the service account. */
  namespace: string;
  /** Namespaces whose Ingresses are served. */
  served: string[];
  labels: Record<string, string>;
}

/** Name of the service account and of its roles. */
const NAME = "traefik";

const READ = ["get", "list", "watch"];

/**
 * Traefik's service account. In the whole cluster it reads classes and nodes; Services, Secrets and Ingresses it reads in
 * the namespaces it serves, and nowhere else.
 */
export class TraefikAccess extends pulumi.ComponentResource {
  readonly serviceAccountName = NAME;

  constructor(name: string, args: TraefikAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:apps:TraefikAccess", name, {}, opts);
    const own = { parent: this };
    const { namespace, served, labels } = args;
    const subjects = [{ kind: "ServiceAccount", name: NAME, namespace }];

    new ServiceAccount(`${name}-account`, { metadata: { name: NAME, namespace, labels } }, own);
    new ClusterRole(
      `${name}-cluster-role`,
      {
        metadata: { name: NAME, labels },
        rules: [
          { apiGroups: [""], resources: ["nodes"], verbs: READ },
          { apiGroups: ["networking.k8s.io"], resources: ["ingressclasses"], verbs: READ },
        ],
      },
      own,
    );
    new ClusterRoleBinding(
      `${name}-cluster-binding`,
      { metadata: { name: NAME, labels }, roleRef: roleRef("ClusterRole"), subjects },
      own,
    );
    for (const home of served) {
      const metadata = { name: NAME, namespace: home, labels };
      new Role(
        `${name}-role-${home}`,
        {
          metadata,
          rules: [
            { apiGroups: [""], resources: ["services", "secrets"], verbs: READ },
            { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: READ },
            { apiGroups: ["networking.k8s.io"], resources: ["ingresses"], verbs: READ },
            {
              apiGroups: ["networking.k8s.io"],
              resources: ["ingresses/status"],
              verbs: ["update"],
            },
          ],
        },
        own,
      );
      new RoleBinding(
        `${name}-binding-${home}`,
        { metadata, roleRef: roleRef("Role"), subjects },
        own,
      );
    }
    this.registerOutputs({});
  }
}

function roleRef(kind: "Role" | "ClusterRole") {
  return { apiGroup: "rbac.authorization.k8s.io", kind, name: NAME };
}
