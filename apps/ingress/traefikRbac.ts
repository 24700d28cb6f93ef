import { ServiceAccount } from "@pulumi/kubernetes/core/v1";
import { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";

import { READ, roleRef } from "../../kubernetes/rbac";
import { TRAEFIK_GROUP } from "./traefikCrds";

/** The service account, and the namespace it may read. */
export interface TraefikAccessArgs {
  /** Namespace of the service account. */
  namespace: string;
  /** Namespace of routes. */
  routesNamespace: string;
  labels: Record<string, string>;
}

/** Name of the service account and of its roles. */
const NAME = "traefik";

/** The kinds of Traefik's own API group. It asks for all of them and serves nothing as long as one is refused. */
const KINDS = [
  "ingressroutes",
  "ingressroutetcps",
  "ingressrouteudps",
  "middlewares",
  "middlewaretcps",
  "serverstransports",
  "serverstransporttcps",
  "tlsoptions",
  "tlsstores",
  "traefikservices",
];

/**
 * Traefik's service account. It reads classes and nodes in the whole cluster; it reads Services, Secrets, ConfigMaps and routes
 * only in the namespace of routes.
 */
export class TraefikAccess extends pulumi.ComponentResource {
  readonly serviceAccountName = NAME;

  constructor(name: string, args: TraefikAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:apps:TraefikAccess", name, {}, opts);
    const own = { parent: this };
    const { namespace, routesNamespace, labels } = args;
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
      { metadata: { name: NAME, labels }, roleRef: roleRef("ClusterRole", NAME), subjects },
      own,
    );
    const metadata = { name: NAME, namespace: routesNamespace, labels };
    new Role(
      `${name}-role-${routesNamespace}`,
      {
        metadata,
        rules: [
          { apiGroups: [""], resources: ["services", "secrets", "configmaps"], verbs: READ },
          { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: READ },
          { apiGroups: ["networking.k8s.io"], resources: ["ingresses"], verbs: READ },
          {
            apiGroups: ["networking.k8s.io"],
            resources: ["ingresses/status"],
            verbs: ["update"],
          },
          { apiGroups: [TRAEFIK_GROUP], resources: KINDS, verbs: READ },
        ],
      },
      own,
    );
    new RoleBinding(
      `${name}-binding-${routesNamespace}`,
      { metadata, roleRef: roleRef("Role", NAME), subjects },
      own,
    );
    this.registerOutputs({});
  }
}
