import {
  between,
  cidr,
  flag,
  integer,
  intOrString,
  ipAddress,
  list,
  mapOf,
  object,
  oneOf,
  type Schema,
  text,
  texts,
} from "../../../kubernetes/openApiSchemas";

const labelValue: Schema = { ...text, pattern: "^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$" };

/** What picks objects by their labels. */
const selector = object({
  matchExpressions: list(
    object({
      key: text,
      operator: oneOf("In", "NotIn", "Exists", "DoesNotExist"),
      values: list(labelValue),
    }),
  ),
  matchLabels: mapOf(labelValue),
});

const ipBlock = object({ cidr, except: list(cidr) });
const namespaced = object(texts("name", "namespace"), ["name", "namespace"]);
const clusterScope = oneOf("Cluster", "ClusterSet");

/** Pods and entities outside the cluster, by label; named in every kind of policy and group. */
const pods = { podSelector: selector };
const podsOfNamespaces = { ...pods, namespaceSelector: selector };
const entities = { externalEntitySelector: selector };

/** IGMP messages that come in: membership queries; that go out: reports. */
const IGMP = { ingress: [17], egress: [18, 22, 34] };

/** Fields of a rule that do not depend on the kind of the policy. */
function ruleFields(direction: "ingress" | "egress"): Record<string, Schema> {
  return {
    action: oneOf("Allow", "Drop", "Reject", "Pass"),
    ports: list(
      object({
        protocol: oneOf("TCP", "UDP", "SCTP"),
        port: intOrString,
        endPort: integer,
        sourcePort: integer,
        sourceEndPort: integer,
      }),
    ),
    protocols: list(
      object(
        {
          icmp: object({ icmpType: between(0, 255), icmpCode: between(0, 255) }),
          igmp: object({
            igmpType: { ...integer, enum: IGMP[direction] },
            groupAddress: ipAddress,
          }),
        },
        [],
        { oneOf: [{ required: ["icmp"] }, { required: ["igmp"] }] },
      ),
    ),
    // The feature is off. If the field were unknown, the API would drop it and accept a rule that allows more than it says.
    // As it is known, it reaches the controller, which refuses it.
    l7Protocols: list(
      object(
        {
          http: object({
            ...texts("host", "path"),
            method: oneOf(
              ...["GET", "POST", "PUT", "HEAD", "DELETE"],
              ...["TRACE", "OPTIONS", "CONNECT", "PATCH"],
            ),
          }),
          tls: object(texts("sni")),
        },
        [],
        { oneOf: [{ required: ["http"] }, { required: ["tls"] }] },
      ),
    ),
    name: text,
    enableLogging: flag,
    logLabel: { ...text, pattern: "^(([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9])?$" },
  };
}

/** What distinguishes the policies of the cluster from those of a namespace. */
interface PolicyParts {
  appliedTo: Record<string, Schema>;
  ingress: Record<string, Schema>;
  egress: Record<string, Schema>;
}

function policySpec({ appliedTo, ingress, egress }: PolicyParts): Schema {
  const rule = (direction: "ingress" | "egress", fields: Record<string, Schema>) =>
    list(object({ ...ruleFields(direction), ...fields }, ["action"]));
  return object(
    {
      tier: text,
      priority: { type: "number", format: "float", minimum: 1, maximum: 10_000 },
      appliedTo: list(object(appliedTo)),
      ingress: rule("ingress", ingress),
      egress: rule("egress", egress),
    },
    ["priority"],
  );
}

const clusterPeer = {
  ...podsOfNamespaces,
  namespaces: object({ match: oneOf("Self"), sameLabels: list(text) }, [], {
    minProperties: 1,
    maxProperties: 1,
  }),
  ipBlock,
  group: text,
  serviceAccount: namespaced,
  nodeSelector: selector,
};
const clusterTarget = { ...podsOfNamespaces, group: text, serviceAccount: namespaced };

/** `spec` of a ClusterNetworkPolicy. */
export const clusterPolicySpec = policySpec({
  appliedTo: { ...clusterTarget, service: namespaced, nodeSelector: selector },
  ingress: {
    appliedTo: list(object({ ...clusterTarget, service: namespaced })),
    from: list(object({ ...clusterPeer, scope: clusterScope })),
  },
  egress: {
    appliedTo: list(object(clusterTarget)),
    to: list(object({ ...clusterPeer, fqdn: text })),
    toServices: list(
      object({ ...texts("name", "namespace"), scope: clusterScope }, ["name", "namespace"]),
    ),
  },
});

const peer = { ...podsOfNamespaces, ...entities, ipBlock, nodeSelector: selector, group: text };
const target = { ...pods, group: text };

/** `spec` of Antrea's NetworkPolicy, which is another kind than Kubernetes' of the same name. */
export const namespacePolicySpec = policySpec({
  appliedTo: { ...target, ...entities },
  ingress: {
    appliedTo: list(object(target)),
    from: list(object({ ...peer, scope: clusterScope })),
  },
  egress: {
    appliedTo: list(object(target)),
    to: list(object({ ...peer, fqdn: text })),
    toServices: list(object(texts("name", "namespace", "scope"), ["name"])),
  },
});

/** `spec` of a Group. */
const groupFields = {
  childGroups: list(text),
  ...podsOfNamespaces,
  ...entities,
  ipBlocks: list(ipBlock),
  serviceReference: object(texts("name", "namespace")),
};
export const groupSpec = object(groupFields);
/** `spec` of a ClusterGroup. */
export const clusterGroupSpec = object({ ...groupFields, nodeSelector: selector });

const conditions = list(object(texts("type", "status", "reason", "message", "lastTransitionTime")));

/** `status` of a group. */
export const groupStatus = object({ conditions });

/** `status` of a policy: on how many nodes it is in force. */
export const policyStatus = object({
  phase: text,
  observedGeneration: integer,
  currentNodesRealized: integer,
  desiredNodesRealized: integer,
  conditions,
});
