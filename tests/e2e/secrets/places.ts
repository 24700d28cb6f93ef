import type { Hit } from "./search";

/** A place where secrets stand on purpose. */
interface Exception {
  place: RegExp;
  /** Which secrets, by any of their names. @default all */
  secrets?: RegExp;
  reason: string;
}

/** Consul's tokens and keys. */
const CONSULS = /^apps: consul-/;

/**
 * Every place where a secret may be found, and why. Logs, journals and states are not among them, nor is a file of a node that
 * another user there may read.
 */
export const exceptions: readonly Exception[] = [
  {
    place: /\/sitewright\/[^/]+\/kubeconfig$/,
    reason: "make kubeconfig writes the administrator's access there, mode 0600",
  },
  {
    place: /\/sitewright\/lab\/vcenter[-.]password/,
    secrets: /^configuration: /,
    reason: "the simulated vCenter has to know its accounts' passwords; mode 0600, in the lab only",
  },
  {
    place: /\/sitewright\/lab\/vcenter\/machines\//,
    secrets: /^infra: .*-host-key/,
    reason:
      "the simulated vCenter's inventory, mode 0600; a machine of a real one overwrites the key after its first boot",
  },
  {
    place: /^docker inspect |^environment of \S+, VMX_GUESTINFO_USERDATA$/,
    secrets: /^infra: .*-host-key/,
    reason:
      "how the lab hands guestinfo to a container, which cannot overwrite it; seen by root of this machine only",
  },
  {
    place: /^environment of \S+, PULUMI_CONFIG$/,
    secrets: /^configuration: /,
    reason:
      "how the engine hands configuration to a program and its plugins; seen by the operator and root only",
  },
  {
    place: /^environment of \S+, (POSTGRES_PASSWORD|PGPASSWORD|ATL_JDBC_PASSWORD)$/,
    secrets: /^apps: |^Secret /,
    reason:
      "the only way by which Confluence's image takes its database's password, and PostgreSQL's by default; within the pod",
  },
  {
    place: /^command line of consul$/,
    secrets: CONSULS,
    reason:
      "Consul's program takes a new token's secret and a new gossip key as arguments only; for an instant, in the pod of the task that sets them",
  },
  {
    place: /^environment of consul, CONSUL_HTTP_TOKEN$/,
    secrets: CONSULS,
    reason: "make status hands Consul's program its token that way, within the server's pod",
  },
  {
    place:
      /:\/var\/lib\/kubelet\/pods\/[^/]+\/(volumes\/kubernetes\.io~secret|volume-subpaths)\/[^,]+$/,
    reason:
      "Secrets that pods have mounted, in memory; the folder of pods is closed to all but root",
  },
  {
    place:
      /:(\/var\/lib\/containerd\/io\.containerd\.metadata\.v1\.bolt\/meta\.db|\/run\/containerd\/io\.containerd\.runtime\.v2\.task\/[^,]+\/config\.json)$/,
    secrets: /^apps: |^Secret /,
    reason:
      "what containerd knows of its containers, environment included; its folders are closed to all but root",
  },
  {
    place:
      /:\/var\/lib\/(local-path\/|kubelet\/pods\/[^/]+\/volumes\/kubernetes\.io~local-volume\/)[^,]+$/,
    reason:
      "volumes of applications that are there to keep secrets, Consul's and PostgreSQL's; each folder is closed to other users",
  },
];

/** Whether a place is one where this secret stands on purpose. */
export function isAllowed(hit: Hit): boolean {
  return exceptions.some(
    ({ place, secrets = /^/ }) =>
      place.test(hit.place) && hit.secrets.some((name) => secrets.test(name)),
  );
}
