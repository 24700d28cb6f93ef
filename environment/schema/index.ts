import { z } from "zod";

import type { Application } from "../applications/application";
import type { ImageLock } from "../images/lock";
import { backups } from "./data";
import { dnsLabel, dnsName, ipv4Address, port, text } from "./fields";
import { images } from "./images";
import { cni, containerd, kubernetes } from "./kubernetes";
import { loadBalancer, maintenance, node, packages, ssh, zone } from "./machines";
import { namespace } from "./namespace";
import { storageClass, volumes } from "./storage";
import { vsphere } from "./vsphere";

/**
 * The shape of one environment: everything that distinguishes one site from another, and nothing else. It is the
 * content of the namespace `site:` in Pulumi.<stack>.yaml. Objects are strict: a key that is not listed here is a fault.
 * Checks that span several keys are in environment/checks.
 */

/** A file server outside the vCenter that nodes mount by NFS. */
const nas = z.strictObject({
  /** Its DNS name. */
  name: dnsName,
  /** Its address, for firewall rules. */
  address: ipv4Address,
});

/** One flow beside those of flows.ts that the firewall between the zones must let through. */
const extraFlow = z.strictObject({
  /** `control-plane`, `api`, `nas`, the name of a zone (its nodes), of a node, or an IPv4 address or network. */
  from: text,
  /** As `from`. */
  to: text,
  protocol: z.enum(["tcp", "udp"]),
  ports: z.array(port).min(1, "at least one port"),
  /** Shown in the table of flows. */
  reason: text,
});

/** Values of the file that stand for those of the site, which are not known yet. */
const placeholders = z.strictObject({
  /** Keys of `site:` as they are in the file: `zones.dmz.cidr`, `nodes[prdk8swok501].address`. A key that is not in the file is a fault. */
  keys: z.array(text).min(1, "at least one key"),
  /** What is to be found out, and from whom: shown by `make preflight`. */
  reason: text,
});

/** The whole environment but its applications, whose folders say what `apps` looks like (applications/registry.ts). */
export const environmentSchema = z.strictObject({
  /** Name of the stack, taken from the file's name: `dev`, `prd`. */
  stack: dnsLabel,
  /**
   * `production`: people rely on what runs. The machines of nodes are protected from deletion, images are named by digest, and data outlives
   * what claims it (policies/README.md). `none`: everything in it may be lost. @default "production"
   */
  protection: z.enum(["production", "none"]).default("production"),
  /** Values to be replaced before the site is made. Take a key out with its value: `make preflight` lists those that are left. @default [] */
  placeholders: z.array(placeholders).default([]),
  /** Domain of the site's machines. */
  domain: dnsName,
  vsphere,
  ssh: ssh.prefault({}),
  packages,
  /** Networks by name. */
  zones: z.record(dnsLabel, zone),
  loadBalancer,
  nodes: z.array(node),
  maintenance: maintenance.prefault({}),
  /**
   * Host names or addresses of the servers by which all machines set their clocks, with systemd-timesyncd. An empty list takes an earlier
   * list back. Flows to addresses are known (UDP 123); flows to a name have to be listed in `flows`. Default: the machines' own
   * configuration is left as it is.
   */
  timeServers: z.array(dnsName).optional(),
  /** Default: the site has no file server, and no flows to one. */
  nas: nas.optional(),
  /** @default [] */
  flows: z.array(extraFlow).default([]),
  kubernetes,
  containerd,
  images: images.prefault({}),
  cni,
  volumes,
  storageClasses: z.array(storageClass),
  backups: backups.prefault({}),
  namespaces: z.array(namespace),
});

/** One environment with every default filled in. Lists keep the order of the file. */
export type Environment = z.output<typeof environmentSchema> & {
  /** What its applications are to the rest of the site. */
  applications: readonly Application[];
  /** Digests of its images, from its lockfile; empty where there is none. */
  imageLock: ImageLock;
};
export type Zone = Environment["zones"][string];
export type Taint = Zone["taints"][number];
export type NodeSpec = Environment["nodes"][number];
export type LoadBalancerSpec = Environment["loadBalancer"];
export type MachineSpec = NodeSpec | LoadBalancerSpec;
export type StorageClassSpec = Environment["storageClasses"][number];
export type NamespaceSpec = Environment["namespaces"][number];
export type Packages = Environment["packages"];
