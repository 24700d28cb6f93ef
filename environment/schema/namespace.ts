import { z } from "zod";

import { atLeastOne, count, cpuAmount, dnsLabel, memoryAmount, text } from "./fields";

const amounts = z.strictObject({
  /** Cores: "2", "1.5" or "500m". */
  cpu: cpuAmount,
  /** In Mi, Gi or Ti: 512Mi. */
  memory: memoryAmount,
  /**
   * What is written on a node's disk: logs and volumes that end with their pod. In Mi, Gi or Ti. In all places of a namespace or in none.
   * @default unlimited
   */
  "ephemeral-storage": memoryAmount.optional(),
});

/** What all pods of a namespace may take together. The API then refuses pods that do not say what they take. */
const quota = z.strictObject({
  /** Sum of what its containers are promised. */
  requests: amounts,
  /** Sum of what its containers may not exceed; not below `requests`. */
  limits: amounts,
  /** Pods that have not ended. */
  pods: atLeastOne,
  /** Claims of volumes, bound or not. */
  persistentVolumeClaims: count,
});

/** What each container of a namespace gets when it says nothing, and what none may exceed. */
const containerLimits = z.strictObject({
  /** Limits of a container without any. */
  default: amounts,
  /** Requests of a container without any; not above `default`. */
  defaultRequest: amounts,
  /** No container's limit is above this; not below `default`. */
  max: amounts,
});

/**
 * A namespace. Whatever it is for, no pod in it reaches anything but the cluster's DNS and none is reached, until a policy
 * of its application says so.
 */
export const namespace = z.strictObject({
  /** Another name is another namespace: refused as long as applications are in this one. */
  name: dnsLabel,
  /** `prd`, `dev`, `sys` ...: a label of the namespace. */
  environment: dnsLabel,
  /** What it is for: a label of the namespace. */
  category: dnsLabel,
  /** The zone its pods belong to. */
  zone: dnsLabel,
  /** Level of the Pod Security Standards that is enforced. @default "restricted" */
  podSecurity: z.enum(["restricted", "baseline", "privileged"]).default("restricted"),
  /** Why `podSecurity` is another than restricted; asked for then, and only then. An annotation of the namespace. */
  podSecurityReason: text.optional(),
  /** Default: no ResourceQuota, the namespace may take whatever the nodes have. */
  quota: quota.optional(),
  /** Default: no LimitRange; a container that names no limits has none, and under a quota is refused. */
  limits: containerLimits.optional(),
});
