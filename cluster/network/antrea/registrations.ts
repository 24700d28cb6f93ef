import type { types } from "@pulumi/kubernetes";
import {
  MutatingWebhookConfiguration,
  ValidatingWebhookConfiguration,
} from "@pulumi/kubernetes/admissionregistration/v1";
import { APIService } from "@pulumi/kubernetes/apiregistration/v1";
import { Service } from "@pulumi/kubernetes/core/v1";
import type * as pulumi from "@pulumi/pulumi";

import { NOT_AWAITED } from "../../../kubernetes/notAwaited";
import { NAMESPACE } from "../agentPod";
import { ANTREA_GROUP } from "./definitions";
import { ANTREA_LABELS, podLabels, SERVICE, SERVICE_PORT } from "./names";

/**
 * Label of the registrations with which the API server calls the controller. The controller finds them by this label and writes its CA
 * into them: when it starts, and then every two minutes.
 */
const LABELS = { ...ANTREA_LABELS, "served-by": "antrea-controller" };

/** The groups the controller answers for: agents watch the first; statistics and antctl use the others. */
const APIS = [
  { group: "controlplane.antrea.io", version: "v1beta2" },
  { group: "system.antrea.io", version: "v1beta1" },
  { group: "stats.antrea.io", version: "v1alpha1" },
];

/** Names of the APIServices. */
export const API_SERVICES = APIS.map(({ group, version }) => `${version}.${group}`);

/** Name of the configuration of mutating webhooks. */
export const MUTATING = "crdmutator.antrea.io";

/** Name of the configuration of validating webhooks. */
export const VALIDATING = "crdvalidator.antrea.io";

interface Checked {
  /** The last part of the webhook's name and of its path. */
  name: string;
  resource: string;
  scope: "Cluster" | "Namespaced";
  operations?: string[];
}

const POLICIES: Checked[] = [
  { name: "acnp", resource: "clusternetworkpolicies", scope: "Cluster" },
  { name: "annp", resource: "networkpolicies", scope: "Namespaced" },
];

/** The kinds of the feature AntreaPolicy; what belongs to features that are off is not asked for. */
const CHECKED: Checked[] = [
  {
    name: "tier",
    resource: "tiers",
    scope: "Cluster",
    operations: ["CREATE", "UPDATE", "DELETE"],
  },
  ...POLICIES,
  { name: "clustergroup", resource: "clustergroups", scope: "Cluster" },
  { name: "group", resource: "groups", scope: "Namespaced" },
];

/**
 * A webhook for one kind. While the controller is down, the API server refuses objects of this kind and no others: Kubernetes' own
 * policies do not use it.
 */
function webhook(
  verb: "mutate" | "validate",
  suffix: "mutator" | "validator",
  { name, resource, scope, operations = ["CREATE", "UPDATE"] }: Checked,
): types.input.admissionregistration.v1.ValidatingWebhook {
  return {
    name: `${name}${suffix}.antrea.io`,
    clientConfig: { service: { name: SERVICE, namespace: NAMESPACE, path: `/${verb}/${name}` } },
    rules: [
      {
        operations,
        apiGroups: [ANTREA_GROUP],
        apiVersions: ["v1beta1"],
        resources: [resource],
        scope,
      },
    ],
    admissionReviewVersions: ["v1", "v1beta1"],
    sideEffects: "None",
    timeoutSeconds: 5,
  };
}

/**
 * The Service before the controller, and what makes the API server ask it. All of it is there before the controller, which
 * then has the certificate known everywhere when it says that it is ready.
 */
export function registrations(name: string, opts: pulumi.CustomResourceOptions): pulumi.Resource[] {
  const service = new Service(
    `${name}-service`,
    {
      // Without endpoints until the controller runs.
      metadata: {
        name: SERVICE,
        namespace: NAMESPACE,
        labels: ANTREA_LABELS,
        annotations: NOT_AWAITED,
      },
      spec: {
        selector: podLabels("antrea-controller"),
        ports: [{ port: SERVICE_PORT, protocol: "TCP", targetPort: "api" }],
      },
    },
    opts,
  );
  const after = { ...opts, dependsOn: service };
  return [
    service,
    ...APIS.map(
      ({ group, version }) =>
        new APIService(
          `${name}-api-${group.split(".")[0]}`,
          {
            metadata: { name: `${version}.${group}`, labels: LABELS },
            spec: {
              group,
              version,
              groupPriorityMinimum: 100,
              versionPriority: 100,
              service: { name: SERVICE, namespace: NAMESPACE, port: SERVICE_PORT },
            },
          },
          after,
        ),
    ),
    new MutatingWebhookConfiguration(
      `${name}-mutating`,
      {
        metadata: { name: MUTATING, labels: LABELS },
        webhooks: POLICIES.map((one) => webhook("mutate", "mutator", one)),
      },
      after,
    ),
    new ValidatingWebhookConfiguration(
      `${name}-validating`,
      {
        metadata: { name: VALIDATING, labels: LABELS },
        webhooks: CHECKED.map((one) => webhook("validate", "validator", one)),
      },
      after,
    ),
  ];
}
