import {
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from "@pulumi/kubernetes/admissionregistration/v1";
import { ClusterRole, ClusterRoleBinding } from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";

import { hasAdmissionPolicies } from "../../environment/releases/supported";
import type { Environment } from "../../environment/schema";
import { ownFields } from "../../kubernetes/ownFields";

/** Of the objects in the cluster. */
const NAME = "sitewright-node-registration";

/** What a kubelet has to be allowed to do, in the words of RBAC. No API has such a resource: only the policy asks for it. */
const REGISTRATION = { group: "sitewright", resource: "nodes", verb: "register" } as const;

/** The group of all kubelets. Their user names are this prefix and the node's name. */
const KUBELETS = "system:nodes";
const KUBELET = "system:node:";

const RBAC = "rbac.authorization.k8s.io";

/**
 * Lets only members of the cluster make a Node, or ask for a certificate. A machine that left in order has no credentials any more. One
 * that was lost and given up still has its kubelet's, and would be a node again when it comes back.
 *
 * Each node has a grant of its own. The step that takes the node out depends on it, and the join on that step. So the grant is there as
 * long as the kubelet may have to register: a node that is about to leave may be rebooted before.
 */
export class NodeRegistration extends pulumi.ComponentResource {
  /** The grant of each node, by node name. None for a Kubernetes without such policies. */
  readonly grants: Readonly<Record<string, pulumi.Resource[]>>;

  constructor(
    name: string,
    { kubernetes, nodes }: Pick<Environment, "kubernetes" | "nodes">,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("sitewright:cluster:NodeRegistration", name, {}, opts);
    if (!hasAdmissionPolicies(kubernetes.version)) {
      this.grants = Object.fromEntries(nodes.map((node) => [node.name, []]));
      this.registerOutputs({});
      return;
    }
    const own: pulumi.CustomResourceOptions = {
      parent: this,
      transformations: [ownFields],
      ...(opts.deletedWith === undefined ? {} : { deletedWith: opts.deletedWith }),
    };
    const { group, resource, verb } = REGISTRATION;
    const role = new ClusterRole(
      name,
      {
        metadata: { name: NAME },
        rules: [{ apiGroups: [group], resources: [resource], verbs: [verb] }],
      },
      own,
    );
    const bind = (node: string) =>
      new ClusterRoleBinding(
        `${name}-${node}`,
        {
          metadata: { name: `${NAME}-${node}` },
          roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: role.metadata.name },
          subjects: [{ apiGroup: RBAC, kind: "User", name: `${KUBELET}${node}` }],
        },
        own,
      );
    const grants = nodes.map((node) => [node.name, bind(node.name)] as const);
    this.grants = Object.fromEntries(grants.map(([node, one]) => [node, [one]]));
    const policy = new ValidatingAdmissionPolicy(
      name,
      {
        metadata: { name: NAME },
        spec: {
          failurePolicy: "Fail",
          matchConstraints: {
            resourceRules: [
              {
                ...{ apiGroups: [""], apiVersions: ["v1"] },
                ...{ operations: ["CREATE"], resources: ["nodes"] },
              },
              {
                ...{ apiGroups: ["certificates.k8s.io"], apiVersions: ["v1"] },
                ...{ operations: ["CREATE"], resources: ["certificatesigningrequests"] },
              },
            ],
          },
          matchConditions: [
            { name: "kubelets", expression: `"${KUBELETS}" in request.userInfo.groups` },
          ],
          validations: [
            {
              expression: `authorizer.group("${group}").resource("${resource}").check("${verb}").allowed()`,
              messageExpression: `request.userInfo.username + " is no member of this cluster. To join it, its machine has to be listed in the environment."`,
              reason: "Forbidden",
            },
          ],
        },
      },
      own,
    );
    // Not before the nodes that are there have their grants.
    new ValidatingAdmissionPolicyBinding(
      name,
      {
        metadata: { name: NAME },
        spec: { policyName: policy.metadata.name, validationActions: ["Deny"] },
      },
      { ...own, dependsOn: grants.map(([, one]) => one) },
    );
    this.registerOutputs({});
  }
}
