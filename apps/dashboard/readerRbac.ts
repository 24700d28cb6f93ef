import { ServiceAccount } from "@pulumi/kubernetes/core/v1";
import { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";

import { READ, roleRef } from "../../kubernetes/rbac";

/** What the account may look at. */
export interface ReaderAccessArgs {
  /** Namespace of the account. */
  namespace: string;
  /** Namespaces whose objects it may read. */
  readable: string[];
  labels: Record<string, string>;
}

/** Name of the account and of its roles. */
const NAME = "dashboard-reader";

/** What a person has to see to know how an application fares. Secrets are not among it, nor is anything that hands them out. */
const READABLE: { apiGroups: string[]; resources: string[] }[] = [
  {
    apiGroups: [""],
    resources: [
      "configmaps",
      "endpoints",
      "events",
      "limitranges",
      "persistentvolumeclaims",
      "pods",
      "pods/log",
      "resourcequotas",
      "serviceaccounts",
      "services",
    ],
  },
  {
    apiGroups: ["apps"],
    resources: ["controllerrevisions", "daemonsets", "deployments", "replicasets", "statefulsets"],
  },
  { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"] },
  { apiGroups: ["batch"], resources: ["cronjobs", "jobs"] },
  { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"] },
  { apiGroups: ["events.k8s.io"], resources: ["events"] },
  { apiGroups: ["networking.k8s.io"], resources: ["ingresses", "networkpolicies"] },
  { apiGroups: ["policy"], resources: ["poddisruptionbudgets"] },
  { apiGroups: ["traefik.io"], resources: ["ingressroutes", "middlewares"] },
];

/**
 * The account people look at the cluster with: it reads what runs in the given namespaces, and of the cluster its nodes,
 * namespaces and storage classes. It has no lasting token; operators ask for short-lived ones.
 */
export class ReaderAccess extends pulumi.ComponentResource {
  readonly serviceAccountName = NAME;

  constructor(name: string, args: ReaderAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:apps:ReaderAccess", name, {}, opts);
    const own = { parent: this };
    const { namespace, readable, labels } = args;
    const subjects = [{ kind: "ServiceAccount", name: NAME, namespace }];

    new ServiceAccount(
      `${name}-account`,
      // People use it, no pod does.
      { metadata: { name: NAME, namespace, labels }, automountServiceAccountToken: false },
      own,
    );
    new ClusterRole(
      `${name}-cluster-role`,
      {
        metadata: { name: NAME, labels },
        rules: [
          { apiGroups: [""], resources: ["namespaces", "nodes"], verbs: READ },
          { apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: READ },
        ],
      },
      own,
    );
    new ClusterRoleBinding(
      `${name}-cluster-binding`,
      { metadata: { name: NAME, labels }, roleRef: roleRef("ClusterRole", NAME), subjects },
      own,
    );
    for (const home of readable) {
      const metadata = { name: NAME, namespace: home, labels };
      new Role(
        `${name}-role-${home}`,
        { metadata, rules: READABLE.map((rule) => ({ ...rule, verbs: READ })) },
        own,
      );
      new RoleBinding(
        `${name}-binding-${home}`,
        { metadata, roleRef: roleRef("Role", NAME), subjects },
        own,
      );
    }
    this.registerOutputs({ serviceAccountName: this.serviceAccountName });
  }
}
