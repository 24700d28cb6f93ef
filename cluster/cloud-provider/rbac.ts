import { ServiceAccount } from "@pulumi/kubernetes/core/v1";
import { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";

import { READ, roleRef } from "../../kubernetes/rbac";

/** The account that gets these rights. */
export interface CloudProviderAccessArgs {
  /** Name, namespace and labels of the cloud controller manager. */
  metadata: { name: string; namespace: string; labels: Record<string, string> };
  /** Whether it may delete nodes. */
  deletesNodes: boolean;
}

/**
 * What the cloud controller manager may do. Less than upstream's manifest, which also lets it read every Secret of the cluster,
 * write ServiceAccounts, Endpoints and PersistentVolumes and, whatever is configured, delete nodes.
 * @see https://github.com/kubernetes/cloud-provider-vsphere/blob/v1.36.0/releases/v1.36/vsphere-cloud-controller-manager.yaml
 */
export class CloudProviderAccess extends pulumi.ComponentResource {
  readonly serviceAccountName: string;

  constructor(
    name: string,
    { metadata, deletesNodes }: CloudProviderAccessArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("sitewright:cluster:CloudProviderAccess", name, {}, opts);
    const own = { parent: this, deletedWith: opts?.deletedWith };
    const { namespace, ...everywhere } = metadata;
    this.serviceAccountName = metadata.name;
    const subjects = [{ kind: "ServiceAccount", name: metadata.name, namespace }];

    new ServiceAccount(`${name}-account`, { metadata }, own);
    new ClusterRole(
      `${name}-cluster-role`,
      {
        metadata: everywhere,
        rules: [
          {
            apiGroups: [""],
            resources: ["nodes"],
            verbs: [...READ, "update", "patch", ...(deletesNodes ? ["delete"] : [])],
          },
          { apiGroups: [""], resources: ["nodes/status"], verbs: ["patch"] },
          // Its controller of load balancers looks at Services before it finds that vSphere has none.
          { apiGroups: [""], resources: ["services"], verbs: ["list", "watch"] },
          { apiGroups: [""], resources: ["events"], verbs: ["create", "patch", "update"] },
        ],
      },
      own,
    );
    new ClusterRoleBinding(
      `${name}-cluster-binding`,
      { metadata: everywhere, roleRef: roleRef("ClusterRole", metadata.name), subjects },
      own,
    );
    new Role(
      `${name}-role`,
      {
        metadata,
        // Leader election: one of several works at a time.
        rules: [
          {
            apiGroups: ["coordination.k8s.io"],
            resources: ["leases"],
            verbs: ["create", "get", "update"],
          },
        ],
      },
      own,
    );
    new RoleBinding(
      `${name}-binding`,
      { metadata, roleRef: roleRef("Role", metadata.name), subjects },
      own,
    );
    new RoleBinding(
      `${name}-authentication-binding`,
      {
        metadata: { ...metadata, name: `${metadata.name}-authentication` },
        // The API server's own role for whoever checks who sends a request, here to the manager's port.
        roleRef: roleRef("Role", "extension-apiserver-authentication-reader"),
        subjects,
      },
      own,
    );
    this.registerOutputs({});
  }
}
