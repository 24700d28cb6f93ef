import { kindOf, podsOf } from "./pods";
import type { Finding, ResourcePolicy } from "../policy";
import { at, type Inputs, type Resource, UNKNOWN } from "../resource";

/** Kinds that belong to no namespace. */
const CLUSTER_WIDE = new Set([
  "APIService",
  "ClusterRole",
  "ClusterRoleBinding",
  "CSIDriver",
  "CustomResourceDefinition",
  "IngressClass",
  "MutatingWebhookConfiguration",
  "Namespace",
  "NodePatch",
  "PersistentVolume",
  "PriorityClass",
  "RuntimeClass",
  "StorageClass",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "ValidatingWebhookConfiguration",
  "VolumeSnapshotClass",
]);

/** A name as DNS allows it (RFC 1123). Roles and bindings may have colons besides. */
const DNS_NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const ROLE_NAME = /^[a-z0-9]([a-z0-9.:-]{0,251}[a-z0-9])?$/;
/** One part of it: the name of a machine. */
const DNS_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

function objectNames(resource: Resource, kind: string): string[] {
  const { name, namespace } = (at(resource.inputs, "metadata") ?? {}) as Inputs;
  const allowed = resource.type.includes("rbac.") ? ROLE_NAME : DNS_NAME;
  const faults: string[] = [];
  if (name === undefined) {
    faults.push(
      `${kind} has no name of its own, so that one with random letters is made up: set metadata.name.`,
    );
  } else if (typeof name === "string" && !allowed.test(name)) {
    faults.push(
      `${kind} has the name "${name}", which the API refuses: small letters, digits, - and . only.`,
    );
  }
  if (!CLUSTER_WIDE.has(kind) && (namespace === undefined || namespace === "default")) {
    faults.push(
      `${kind} is in the namespace default, which has no limits: set metadata.namespace.`,
    );
  }
  return faults;
}

export const explicitNames: ResourcePolicy = {
  name: "names",
  description:
    "Objects and machines have names of their own that DNS allows, and objects a namespace.",
  level: "mandatory",
  check: (resource): Finding[] => {
    const kind = kindOf(resource);
    if (kind !== undefined) {
      return objectNames(resource, kind).map((message) => ({ message }));
    }
    const { name } = resource.inputs;
    return resource.type === "vsphere:index/virtualMachine:VirtualMachine" &&
      name !== UNKNOWN &&
      !DNS_LABEL.test(String(name))
      ? [
          {
            message: `The machine's name "${String(name)}" cannot be its host name: 1 to 63 small letters, digits and -.`,
          },
        ]
      : [];
  },
};

/** The label that tells what something belongs to; Services, policies and budgets select by it. */
const LABEL = "app";

export const workloadLabels: ResourcePolicy = {
  name: "labels",
  description: "Workloads and their pods say by the same label app what they belong to.",
  level: "mandatory",
  check: (resource): Finding[] => {
    const kind = kindOf(resource);
    // A manifest in a ConfigMap is that of another program, which knows its pods by other means.
    if (kind === undefined || kind === "ConfigMap") {
      return [];
    }
    const own = at(resource.inputs, "metadata", "labels", LABEL);
    return podsOf(resource)
      .map(({ labels }) => at(labels, LABEL))
      .filter(
        (label) => own === undefined || (label !== own && label !== UNKNOWN && own !== UNKNOWN),
      )
      .map((label) => ({
        message: `The label ${LABEL} is ${String(own ?? "missing")} on ${kind} and ${String(label ?? "missing")} on its pods: set the same on both.`,
      }));
  },
};
