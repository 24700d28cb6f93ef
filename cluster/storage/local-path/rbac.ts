import { ServiceAccount } from "@pulumi/kubernetes/core/v1";
import { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";

import { READ, roleRef } from "../../../kubernetes/rbac";

/** The account that gets these rights. */
export interface LocalPathAccessArgs {
  /** Name, namespace and labels of the provisioner. */
  metadata: { name: string; namespace: string; labels: Record<string, string> };
}

/**
 * What the provisioner may do: volumes in the whole cluster, pods in its own namespace and nowhere else. Less than upstream's
 * manifest, which also lets it read all pods, their logs and all ConfigMaps.
 * @see https://github.com/rancher/local-path-provisioner/blob/v0.0.30/deploy/local-path-storage.yaml
 */
export class LocalPathAccess extends pulumi.ComponentResource {
  /** Account of the provisioner. */
  readonly serviceAccountName: string;
  /** Account of the pods that make and remove folders. They call no API, so it has no rights. */
  readonly helperAccountName: string;

  constructor(
    name: string,
    { metadata }: LocalPathAccessArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("sitewright:cluster:LocalPathAccess", name, {}, opts);
    const own = { parent: this, deletedWith: opts?.deletedWith };
    const { namespace, ...everywhere } = metadata;
    this.serviceAccountName = metadata.name;
    this.helperAccountName = `${metadata.name}-helper`;
    const subjects = [{ kind: "ServiceAccount", name: this.serviceAccountName, namespace }];

    new ServiceAccount(`${name}-account`, { metadata }, own);
    new ServiceAccount(
      `${name}-helper-account`,
      {
        metadata: { ...metadata, name: this.helperAccountName },
        automountServiceAccountToken: false,
      },
      own,
    );
    new ClusterRole(
      `${name}-cluster-role`,
      {
        metadata: everywhere,
        rules: [
          { apiGroups: [""], resources: ["nodes"], verbs: ["get"] },
          {
            apiGroups: [""],
            resources: ["persistentvolumeclaims"],
            // `update`, so that it can give a claim whose node has left the cluster back to the scheduler.
            verbs: [...READ, "update"],
          },
          {
            apiGroups: [""],
            resources: ["persistentvolumes"],
            verbs: [...READ, "create", "delete"],
          },
          { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
          { apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: READ },
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
        rules: [
          { apiGroups: [""], resources: ["pods"], verbs: ["get", "create", "delete"] },
          { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
        ],
      },
      own,
    );
    new RoleBinding(
      `${name}-binding`,
      { metadata, roleRef: roleRef("Role", metadata.name), subjects },
      own,
    );
    this.registerOutputs({});
  }
}
