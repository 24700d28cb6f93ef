import type { z } from "zod";

import type { Answers } from "../changes/answer";
import type { Fault } from "../faults";
import type { VolumeSpec } from "../schema/data";
import type { Workload } from "./workloads";

/**
 * What one application is to the rest of the site, as data: its folder says it (apps/<application>/application.ts), and the
 * checks, the firewalls, the load balancer and the prerequisites are derived from it. Keys are relative to `apps.<name>`.
 */
export interface ApplicationFacts {
  /** Where its pods run. */
  namespace: string;
  /**
   * In which zone that namespace must be: that of the load balancer, where the ingress reaches pods at their own addresses,
   * or another one with a worker, where it reaches them at a port of their nodes.
   */
  zone: "entry" | "other";
  /** Images of its pods, with registry and tag; that of `backups` is none of them. */
  images: readonly string[];
  /** Whether it has scheduled backups. @default false */
  saved?: true;
  /** Pods, for the checks of quotas. */
  workloads: readonly Workload[];
  /** Pods that want a worker each, by the key `replicas`. Default: the environment does not say how many. */
  replicas?: number;
  /** Host names under which it answers. @default [] */
  hosts?: readonly Host[];
  /** Ports at the nodes of its zone. @default [] */
  nodePorts?: readonly { key: string; port: number }[];
  /** Makes it what the load balancer's ports 80 and 443 lead to, at two of its node ports. */
  entry?: Entry;
  /** Where each of its volumes comes from, and its folder where that is a file server. @default [], a folder named by the key */
  volumes?: readonly Volume[];
  /**
   * Settings that its data is tied to, as text by their keys: another value is refused while the application is there. Where it has
   * volumes, its namespace is one of them by itself. @default none
   */
  fixed?: Readonly<Record<string, string>>;
  /** Namespaces, beside that of its pods, that it needs: those of this key, or all of the environment's. @default none */
  namespaces?: { key: string; names: readonly string[] } | "all";
}

/** A volume of an application. */
export interface Volume {
  key: string;
  /** Name of its claim; where a StatefulSet makes claims by a template, the name of that. */
  name: string;
  volume: VolumeSpec;
  folder?: string;
  /** False for claims that a StatefulSet has made: the API does not change their template. @default true */
  grows?: false;
}

/** A host name of an application. */
export interface Host {
  key: string;
  name: string;
  /**
   * What leads to it: a route in the namespace of routes, or the ingress' own configuration.
   */
  by: "route" | "ingress";
  /**
   * Its certificate: the ingress' for all names directly below its domain, or one of its own, made by the site's CA or brought by
   * the owner as `apps:<name>Certificate` and `apps:<name>Key`.
   */
  certificate: "wildcard" | "site-ca" | "own";
}

/** What the load balancer leads to. */
export interface Entry {
  /** Node ports of plain HTTP and of HTTPS. */
  http: number;
  https: number;
  /** The domain directly below which its certificate is good for all names. */
  domain: string;
  /** Where all routes are. What leads to applications reads every Secret there, so that none of them may be in it. */
  routes: { key: string; namespace: string };
}

/** An application as the environment sees it: the shape of its settings, and what follows from them. Pure. */
export interface ApplicationSpec<Settings> {
  /** The section `apps.<name>`. */
  settings: z.ZodType<Settings>;
  facts: (settings: Settings) => ApplicationFacts;
  /** What a change of each of its keys does while it runs: environment/changes. */
  changes: Answers;
  /** Faults of its settings that only it knows of. The path is that of its section. @default none */
  faults?: (settings: Settings, path: string) => Fault[];
  /** Whether settings that are not checked yet ask for a certificate that the owner brings. @default never */
  bringsCertificate?: (raw: unknown) => boolean;
}

/** An application of an environment: its name is its key in `apps`. */
export type Application = ApplicationFacts & { name: string };
