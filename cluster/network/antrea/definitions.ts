import type { types } from "@pulumi/kubernetes";

import {
  between,
  date,
  int32,
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
import {
  clusterGroupSpec,
  clusterPolicySpec,
  groupSpec,
  groupStatus,
  namespacePolicySpec,
  policyStatus,
} from "./policySchemas";

/** API group of Antrea's custom resources. */
export const ANTREA_GROUP = "crd.antrea.io";

/** A kind of custom resource: metadata and spec of its definition. */
export interface AntreaDefinition {
  metadata: { name: string; labels: Record<string, string> };
  spec: types.input.apiextensions.v1.CustomResourceDefinitionSpec;
}

type Column = types.input.apiextensions.v1.CustomResourceColumnDefinition;

interface Kind {
  kind: string;
  plural: string;
  shortNames: string[];
  scope: "Cluster" | "Namespaced";
  /** Beside metadata. */
  properties: Record<string, Schema>;
  columns?: Column[];
  /** @default "v1beta1" */
  version?: string;
}

const age: Column = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" };

const policyColumns: Column[] = [
  { name: "Tier", type: "string", jsonPath: ".spec.tier" },
  { name: "Priority", type: "number", format: "float", jsonPath: ".spec.priority" },
  ...["Desired", "Current"].map((word) => ({
    name: `${word} Nodes`,
    type: "number",
    format: "int32",
    jsonPath: `.status.${word.toLowerCase()}NodesRealized`,
  })),
  age,
];

/** Columns in which `kubectl get` shows how an agent or the controller is. */
function healthColumns(conditions: string, healthy: string, more: Column[]): Column[] {
  const condition = `.${conditions}[?(@.type=='${healthy}')]`;
  return [
    { name: "Healthy", type: "string", jsonPath: `${condition}.status` },
    { name: "Last Heartbeat", type: "date", jsonPath: `${condition}.lastHeartbeatTime` },
    { name: "Version", type: "string", jsonPath: ".version", priority: 1 },
    ...more,
  ];
}

const nodeColumn: Column = { name: "Node", type: "string", jsonPath: ".nodeRef.name", priority: 1 };

const reference = object(
  texts("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"),
);

/** Status fields that agents and the controller have in common. */
const info = (conditions: string, types: string[]): Record<string, Schema> => ({
  version: text,
  [conditions]: list(
    object(
      {
        lastHeartbeatTime: date,
        type: oneOf(...types),
        status: oneOf("True", "False", "Unknown"),
        ...texts("reason", "message"),
      },
      ["type", "status", "lastHeartbeatTime"],
    ),
  ),
  networkPolicyControllerInfo: object({
    networkPolicyNum: int32,
    addressGroupNum: int32,
    appliedToGroupNum: int32,
  }),
  apiPort: between(1, 65_535),
  podRef: reference,
  nodeRef: reference,
});

const mtu: Schema = { ...int32, minimum: 0 };

/**
 * The kinds that agents and controller need with the features that are on here, of which a cluster's own users meet the
 * policies, tiers and groups. Names, versions, fields, their types and bounds are those of releases 2.6.3 and 2.7.0, in which
 * they are equal; their descriptions are not carried, and Group's labels have the stricter schema of the other selectors. If
 * a kind is missing, the controller asks for it again and again.
 * @see https://github.com/antrea-io/antrea/tree/v2.7.0/build/charts/antrea/crds
 */
const KINDS: Kind[] = [
  {
    kind: "AntreaAgentInfo",
    plural: "antreaagentinfos",
    shortNames: ["aai"],
    scope: "Cluster",
    columns: healthColumns("agentConditions", "AgentHealthy", [
      nodeColumn,
      { name: "Num Pods", type: "integer", jsonPath: ".localPodNum", priority: 2 },
      { name: "Subnets", type: "string", jsonPath: ".nodeSubnets", priority: 2 },
    ]),
    properties: {
      ...info("agentConditions", [
        ...["AgentHealthy", "ControllerConnectionUp"],
        ...["OVSDBConnectionUp", "OpenflowConnectionUp"],
      ]),
      localPodNum: int32,
      nodePortLocalPortRange: text,
      nodeSubnets: list(text),
      apiCABundle: { ...text, format: "byte" },
      ovsInfo: object({ ...texts("version", "bridgeName"), flowTable: mapOf(int32) }),
      networkInfo: object({
        transportInterface: text,
        transportInterfaceMTU: mtu,
        podMTU: mtu,
        transportInterfaceIPs: { ...list(text), maxItems: 2 },
      }),
    },
  },
  {
    kind: "AntreaControllerInfo",
    plural: "antreacontrollerinfos",
    shortNames: ["aci"],
    scope: "Cluster",
    columns: healthColumns("controllerConditions", "ControllerHealthy", [
      {
        name: "Connected Agents",
        type: "integer",
        jsonPath: ".connectedAgentNum",
        priority: 1,
      },
      nodeColumn,
      {
        name: "Num Network Policies",
        type: "integer",
        jsonPath: ".networkPolicyControllerInfo.networkPolicyNum",
        priority: 2,
      },
    ]),
    properties: {
      ...info("controllerConditions", ["ControllerHealthy"]),
      serviceRef: reference,
      connectedAgentNum: int32,
    },
  },
  {
    kind: "Tier",
    plural: "tiers",
    shortNames: ["tr"],
    scope: "Cluster",
    columns: [{ name: "Priority", type: "integer", jsonPath: ".spec.priority" }, age],
    properties: {
      spec: object({ priority: between(0, 255), description: text }, ["priority"]),
    },
  },
  {
    kind: "ClusterNetworkPolicy",
    plural: "clusternetworkpolicies",
    shortNames: ["acnp"],
    scope: "Cluster",
    columns: policyColumns,
    properties: { spec: clusterPolicySpec, status: policyStatus },
  },
  {
    kind: "NetworkPolicy",
    plural: "networkpolicies",
    shortNames: ["annp", "anp"],
    scope: "Namespaced",
    columns: policyColumns,
    properties: { spec: namespacePolicySpec, status: policyStatus },
  },
  {
    kind: "ClusterGroup",
    plural: "clustergroups",
    shortNames: ["cg"],
    scope: "Cluster",
    properties: { spec: clusterGroupSpec, status: groupStatus },
  },
  {
    kind: "Group",
    plural: "groups",
    shortNames: ["grp"],
    scope: "Namespaced",
    properties: { spec: groupSpec, status: groupStatus },
  },
  {
    kind: "ExternalEntity",
    plural: "externalentities",
    shortNames: ["ee"],
    scope: "Namespaced",
    version: "v1alpha2",
    properties: {
      spec: object({
        endpoints: list(object({ ip: ipAddress, name: text })),
        ports: list(
          object({ protocol: oneOf("TCP", "UDP", "SCTP"), port: intOrString, name: text }),
        ),
        externalNode: text,
      }),
    },
  },
];

/** Definitions of all kinds, with the labels of whatever is Antrea's. */
export function definitions(labels: Record<string, string>): AntreaDefinition[] {
  return KINDS.map(({ kind, plural, shortNames, scope, properties, columns, version }) => ({
    metadata: { name: `${plural}.${ANTREA_GROUP}`, labels },
    spec: {
      group: ANTREA_GROUP,
      scope,
      names: { plural, singular: kind.toLowerCase(), kind, shortNames },
      versions: [
        {
          name: version ?? "v1beta1",
          served: true,
          storage: true,
          ...(columns === undefined ? {} : { additionalPrinterColumns: columns }),
          schema: { openAPIV3Schema: object(properties) },
          // Only who may write the status writes it.
          ...("status" in properties ? { subresources: { status: {} } } : {}),
        },
      ],
    },
  }));
}
