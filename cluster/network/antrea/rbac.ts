import type { types } from "@pulumi/kubernetes";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1";
import { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "@pulumi/kubernetes/rbac/v1";
import type * as pulumi from "@pulumi/pulumi";

import { READ, roleRef } from "../../../kubernetes/rbac";
import { NAMESPACE } from "../agentPod";
import { ANTREA_GROUP } from "./definitions";
import { ANTREA_LABELS } from "./names";
import { API_SERVICES, MUTATING, VALIDATING } from "./registrations";

type Rule = types.input.rbac.v1.PolicyRule;

/** Rights of one of Antrea's accounts: in the whole cluster, and in the namespace of the agents. */
interface Rights {
  cluster: Rule[];
  namespace: Rule[];
}

/** Both serve an API and let the API server authenticate and authorize its clients. */
const ASK_WHO: Rule[] = [
  { apiGroups: ["authentication.k8s.io"], resources: ["tokenreviews"], verbs: ["create"] },
  { apiGroups: ["authorization.k8s.io"], resources: ["subjectaccessreviews"], verbs: ["create"] },
];
const CLIENT_CAS: Rule = {
  apiGroups: [""],
  resources: ["configmaps"],
  resourceNames: ["extension-apiserver-authentication"],
  verbs: READ,
};

/**
 * What an agent needs with the features that are on. It writes nothing but its own report. It would change a node's status, pods and
 * events only for features that are off.
 */
const AGENT: Rights = {
  cluster: [
    { apiGroups: [""], resources: ["nodes", "pods", "services"], verbs: READ },
    { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: READ },
    {
      apiGroups: ["controlplane.antrea.io"],
      resources: ["networkpolicies", "appliedtogroups", "addressgroups"],
      verbs: READ,
    },
    {
      apiGroups: ["controlplane.antrea.io"],
      resources: ["networkpolicies/status"],
      verbs: ["create", "get"],
    },
    {
      apiGroups: ["controlplane.antrea.io"],
      resources: ["nodestatssummaries"],
      verbs: ["create"],
    },
    { apiGroups: [ANTREA_GROUP], resources: ["antreaagentinfos"], verbs: ["get", "update"] },
    ...ASK_WHO,
  ],
  namespace: [
    CLIENT_CAS,
    { apiGroups: [""], resources: ["configmaps"], resourceNames: ["antrea-ca"], verbs: READ },
  ],
};

/**
 * What the controller needs. It creates its own certificate, keeps it in a Secret, publishes the CA in a ConfigMap and writes the CA
 * into every registration that calls it.
 */
const CONTROLLER: Rights = {
  cluster: [
    { apiGroups: [""], resources: ["nodes", "pods", "services", "namespaces"], verbs: READ },
    { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: READ },
    {
      apiGroups: [ANTREA_GROUP],
      resources: [
        ...["clusternetworkpolicies", "networkpolicies", "clustergroups", "groups"],
        "externalentities",
      ],
      verbs: READ,
    },
    {
      apiGroups: [ANTREA_GROUP],
      resources: ["clusternetworkpolicies", "networkpolicies", "clustergroups", "groups"].map(
        (kind) => `${kind}/status`,
      ),
      verbs: ["update"],
    },
    // It makes the tiers that are always there, and brings them to the figures of its release.
    { apiGroups: [ANTREA_GROUP], resources: ["tiers"], verbs: [...READ, "create", "update"] },
    {
      apiGroups: [ANTREA_GROUP],
      resources: ["antreacontrollerinfos"],
      verbs: ["get", "create", "update"],
    },
    // One for each node: made when it comes, deleted when it goes.
    {
      apiGroups: [ANTREA_GROUP],
      resources: ["antreaagentinfos"],
      verbs: ["list", "create", "delete"],
    },
    ...caIn("apiregistration.k8s.io", "apiservices", API_SERVICES),
    ...caIn("admissionregistration.k8s.io", "mutatingwebhookconfigurations", [MUTATING]),
    ...caIn("admissionregistration.k8s.io", "validatingwebhookconfigurations", [VALIDATING]),
    // It looks for kinds that it would have to convert. There are none.
    {
      apiGroups: ["apiextensions.k8s.io"],
      resources: ["customresourcedefinitions"],
      verbs: ["list"],
    },
    ...ASK_WHO,
  ],
  namespace: [
    CLIENT_CAS,
    // antctl reads which features are on from antrea-config, and looks for others like it.
    { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list"] },
    {
      apiGroups: [""],
      resources: ["configmaps"],
      resourceNames: ["antrea-ca", "antrea-cluster-identity"],
      verbs: ["update"],
    },
    {
      apiGroups: [""],
      resources: ["secrets"],
      // The second is the key of the agents' gossip, which it makes whether they gossip or not.
      resourceNames: ["antrea-controller-tls", "antrea-memberlist-keys"],
      verbs: [...READ, "update"],
    },
    // The API cannot restrict `create` by an object's name.
    { apiGroups: [""], resources: ["configmaps", "secrets"], verbs: ["create"] },
  ],
};

/** Lists all of a kind, but changes these only. */
function caIn(group: string, kind: string, names: string[]): Rule[] {
  return [
    { apiGroups: [group], resources: [kind], verbs: ["list"] },
    { apiGroups: [group], resources: [kind], resourceNames: names, verbs: ["update"] },
  ];
}

/** Makes the account of a component with its rights; what runs as it depends on all of these. */
function account(
  name: string,
  account: string,
  { cluster, namespace }: Rights,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const everywhere = { name: account, labels: ANTREA_LABELS };
  const metadata = { ...everywhere, namespace: NAMESPACE };
  const subjects = [{ kind: "ServiceAccount", name: account, namespace: NAMESPACE }];
  const own = new ServiceAccount(`${name}-account`, { metadata }, opts);
  const clusterRole = new ClusterRole(
    `${name}-cluster-role`,
    { metadata: everywhere, rules: cluster },
    opts,
  );
  const role = new Role(`${name}-role`, { metadata, rules: namespace }, opts);
  return [
    new ClusterRoleBinding(
      `${name}-cluster-binding`,
      { metadata: everywhere, roleRef: roleRef("ClusterRole", account), subjects },
      { ...opts, dependsOn: [own, clusterRole] },
    ),
    new RoleBinding(
      `${name}-binding`,
      { metadata, roleRef: roleRef("Role", account), subjects },
      { ...opts, dependsOn: [own, role] },
    ),
  ];
}

/** The agents' account. */
export const agentAccount = (name: string, opts: pulumi.CustomResourceOptions) =>
  account(name, "antrea-agent", AGENT, opts);

/** The controller's account. */
export const controllerAccount = (name: string, opts: pulumi.CustomResourceOptions) =>
  account(name, "antrea-controller", CONTROLLER, opts);
