import { z } from "zod";

import { dnsName, text, version } from "./fields";

/** What makes the volumes of the storage classes. */
export const volumes = z.discriminatedUnion("provisioner", [
  z.strictObject({
    /** Folders on the nodes' own disks, for a site without shared storage: a volume stays on the node it was made on. */
    provisioner: z.literal("local-path"),
    /** Release of the local-path provisioner. */
    version,
    /**
     * Folder on the nodes; made where it is missing. Another one counts for new volumes.
     * @default "/var/lib/local-path"
     */
    path: z
      .string()
      .regex(
        /^(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/,
        "the absolute path of a folder, without a / at its end",
      )
      .default("/var/lib/local-path"),
  }),
  z.strictObject({
    /** vSphere's CSI driver: a volume is a disk on a datastore and follows its pod. It needs kubernetes.cloudProvider. */
    provisioner: z.literal("vsphere-csi"),
    /** Release of the driver; releases/vsphereCsi.ts lists the compatible versions of Kubernetes. */
    version,
    /**
     * Under this name the vCenter keeps the cluster's volumes. Two clusters of one vCenter must not share it: each would
     * take the other's volumes for its own.
     * @default kubernetes.clusterName
     */
    clusterId: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,64}$/, "1 to 64 letters, digits, ., _ and -")
      .optional(),
    /**
     * Categories of the vCenter's tags that tell from where a volume is reached, such as [k8s-region, k8s-zone]; every host
     * bears a tag of each, its own or by its cluster or datacenter. Empty: every volume is reached from every node.
     * @default []
     */
    topologyCategories: z
      .array(z.string().regex(/^[^",]+$/, "the name of a category, without commas and quotes"))
      .max(5, "at most five categories")
      .default([]),
    /** Snapshots of volumes: Kubernetes' snapshot controller, its kinds, and a class. Needs vSphere 7.0U3. Default: none. */
    snapshots: z
      .strictObject({
        /** Name of the class of snapshots, the default one. A snapshot of it ends with its object. @default "vsphere-snapshots" */
        className: dnsName.default("vsphere-snapshots"),
        /** How many a volume may have at once; each more makes its disk slower. vSphere allows 32. @default 3 */
        maxPerVolume: z
          .int("from 1 to 32")
          .min(1, "from 1 to 32")
          .max(32, "from 1 to 32")
          .default(3),
      })
      .optional(),
  }),
]);

/** Tags of which a place has one, by their category. */
const topologyTerm = z
  .record(
    text,
    z
      .array(
        z
          .string()
          .regex(
            /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/,
            "the name of a tag: at most 63 letters, digits, -, _ and .",
          ),
      )
      .min(1, "at least one tag"),
  )
  .refine((term) => Object.keys(term).length > 0, "at least one category");

export const storageClass = z.strictObject({
  name: dnsName,
  /** True for exactly one class. @default false */
  default: z.boolean().default(false),
  /** Name of the CSI driver or provisioner. */
  provisioner: text,
  /** The provisioner's own parameters. @default {} */
  parameters: z.record(text, z.string("quoted text")).default({}),
  /** @default "Delete" */
  reclaimPolicy: z.enum(["Delete", "Retain"]).default("Delete"),
  /** @default true */
  allowVolumeExpansion: z.boolean().default(true),
  /** @default "WaitForFirstConsumer" */
  volumeBindingMode: z.enum(["WaitForFirstConsumer", "Immediate"]).default("WaitForFirstConsumer"),
  /**
   * Where volumes may be made, with a provisioner that has volumes.topologyCategories: places of which any will do, each
   * with tags by category, such as [{ k8s-zone: [a, b] }]. Default: wherever the volume's pod is.
   * @default []
   */
  allowedTopologies: z.array(topologyTerm).default([]),
});
