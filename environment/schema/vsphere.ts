import { z } from "zod";

import { certificates, ipv4Address, text, thumbprint } from "./fields";

/** Where and how virtual machines are cloned. The account's password is the secret `vsphere:password`, never a key here. */
export const vsphere = z.strictObject({
  /**
   * Host name or address of the vCenter, optionally with `:port`. The machine that runs Pulumi and, with
   * kubernetes.cloudProvider, the control planes reach it by this name. Its TLS certificate is verified, unless `insecure`.
   */
  server: z
    .string()
    .regex(/^[A-Za-z0-9.-]+(:[0-9]{1,5})?$/, "a host name or address, optionally with :port"),
  /**
   * Accepts any certificate of the vCenter, so that a machine in the middle can read the passwords. Every command warns.
   * @default false
   */
  insecure: z.boolean().default(false),
  /**
   * SHA-1 or SHA-256 of the vCenter's certificate, hexadecimal, with or without colons. The preflight refuses another one, the
   * cloud provider and the CSI driver compare it too. Default: none; the certificate's authority alone decides.
   */
  thumbprint: thumbprint.optional(),
  /** Account that clones, such as `provisioner@vsphere.local`. */
  user: text,
  /**
   * User names of the accounts with which the cluster itself calls the vCenter, with rights of their own
   * (docs/vcenter-access.md); their passwords are the secrets `cluster:cloudProviderPassword` and `cluster:csiPassword`.
   * Needed with kubernetes.cloudProvider. Default: the site has neither.
   */
  accounts: z
    .strictObject({
      /** Account of the cloud controller manager, such as `k8s-cloud-provider@vsphere.local`: it only reads. */
      cloudProvider: text,
      /** Account of the CSI driver, such as `k8s-csi@vsphere.local`. */
      csi: text,
    })
    .optional(),
  /**
   * Days for which the vCenter takes a password, by the policy of its single sign-on (90 unless it was changed). `make status` and every
   * `up` then warn before a password of `user` or `accounts` ends, counted from the `up` that first used it. Default: passwords do not
   * expire.
   */
  passwordLifetimeDays: z
    .int("a whole number of days from 1 to 99999")
    .min(1, "a whole number of days from 1 to 99999")
    .max(99_999, "a whole number of days from 1 to 99999")
    .optional(),
  /**
   * Whether infra makes the roles and gives them to `accounts`. `user` then has to be an administrator; else an administrator
   * does it once, by the list that `make access` prints. Plain `pulumi` then needs `vcenter-access` on PATH (vcenter/access-tool).
   * @default false
   */
  manageAccess: z.boolean().default(false),
  /** Names of the datastores on which the CSI driver may make volumes. Default: `datastore` alone. */
  volumeDatastores: z.array(text).min(1, "at least one datastore").optional(),
  /** Name of the datacenter in the inventory. */
  datacenter: text,
  /** Name of the compute cluster whose hosts run the machines. */
  cluster: text,
  /** Name of the resource pool. Default: the root pool of `cluster`. */
  resourcePool: text.optional(),
  /** Name of the datastore that holds the machines' disks. Acts when a machine is cloned. */
  datastore: text,
  /** Name of the template, a virtual machine with cloud-init and its VMware datasource. */
  template: text,
  /**
   * Folder below the datacenter's VM folder, created, and removed by destroy. Of a path such as `kubernetes/prd` this
   * applies to the last part: the folder above must exist, and an administrator binds rights there for what infra creates below.
   */
  folder: text,
  /**
   * `full` copies the template's disk. `linked` shares it: what is cloned from must then have exactly one snapshot, and every
   * `diskGiB` must be its disk's size. vSphere shares only what is below the snapshot, so a template
   * without a snapshot is copied in full, without a message.
   * @default "full"
   */
  clone: z.enum(["full", "linked"]).default("full"),
  /**
   * How a full clone's disk takes its room: `thin` as it is written; `thick` at once; `eagerZeroedThick` at once, and filled
   * with zeros. Acts when a machine is cloned. Default: as the template's disk; for a linked clone there is no other.
   */
  diskFormat: z.enum(["thin", "thick", "eagerZeroedThick"]).optional(),
  /**
   * Version of the virtual hardware, not below the template's. 15 is vSphere 6.7U2, 17 7.0, 19 7.0U2, 20 8.0, 21 8.0U2; the
   * plugin that the toolchain builds knows up to 19, the official one more. Acts when a machine is cloned: an upgrade would
   * restart every node. Default: the template's.
   */
  hardwareVersion: z.int().min(15, "from 15 to 21").max(21, "from 15 to 21").optional(),
  /**
   * Tags that machines get, in categories of their own named `<clusterName>-role` and so on: `role` (control-plane, worker,
   * load-balancer), `zone`, `site` (the domain). With a list, tags put on by others are taken off by the next change; without
   * one they are left alone.
   * @default []
   */
  tags: z.array(z.enum(["role", "zone", "site"])).default([]),
  /**
   * Has DRS keep control planes on different hosts of their cluster, and load balancers likewise, as long as there are
   * enough hosts. Needs DRS, thus an Enterprise Plus licence, and the privilege Host.Inventory.EditCluster.
   * @default false
   */
  separateHosts: z.boolean().default(false),
  /**
   * Name of the guest's first network interface, to which the static address is given. PhotonOS names it eth0.
   * @default "eth0"
   */
  networkInterface: text.default("eth0"),
  /** The vCenter's address, for firewall rules. Needed with kubernetes.cloudProvider where `server` is a name. */
  address: ipv4Address.optional(),
  /**
   * Certificates of the authorities that sign the vCenter's certificate, PEM, for what runs in the cluster. Default: those in
   * the file that the variable SITEWRIGHT_VCENTER_CA names; without it the public authorities.
   */
  certificateAuthority: certificates.optional(),
});
