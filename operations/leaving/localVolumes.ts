import type { CronJob } from "../backups/taskJob";
import { span } from "../../lib/humanUnits";
import { GIVE_UP_VOLUMES_VARIABLE, namesIn } from "../../kubernetes/lostMachines";
import type { KubernetesObject } from "../../kubernetes/kubectl";
import { BACKUP_LABEL } from "../../kubernetes/taskLabels";
import { type Claim, nodesOf, type PersistentVolume, placeOf } from "../lost-nodes/volumes";
import type { PlacedPod } from "./drain";

/** Milliseconds that a backup counts. */
const FRESH = 24 * 3_600_000;

/** The nodes whose volumes the operator gives up. */
export function givenUpVolumes(variables: NodeJS.ProcessEnv = process.env): ReadonlySet<string> {
  return namesIn(variables[GIVE_UP_VOLUMES_VARIABLE]);
}

/** What a cluster has of data, as far as it matters here. */
export interface DataOfCluster {
  volumes: readonly PersistentVolume[];
  claims: readonly Claim[];
  cronJobs: readonly CronJob[];
  statefulSets: readonly StatefulSet[];
  pods: readonly PlacedPod[];
}

/** A StatefulSet: how many replicas it has, and the claims that it makes for each. */
export interface StatefulSet extends KubernetesObject {
  spec: {
    replicas?: number;
    volumeClaimTemplates?: { metadata: { name: string } }[];
  };
  status?: { readyReplicas?: number };
}

/** A volume that goes with a node, and what is known of its claim. */
export interface LocalVolume {
  volume: PersistentVolume;
  /** Undefined where the claim is gone and the volume is kept. */
  claim?: Claim;
  /** The StatefulSet that makes the claim, and will again. */
  set?: StatefulSet;
  /** The backups that save what is in it. */
  backups: CronJob[];
  /** The application whose backups are in it. */
  keepsBackupsOf?: string;
}

/** The volumes whose data is on one node alone, and which someone has claimed. */
export function localVolumes(node: string, data: DataOfCluster): LocalVolume[] {
  return data.volumes
    .filter((volume) => livesOn(node, volume, data))
    .map((volume): LocalVolume => {
      const claim = claimOf(volume, data.claims);
      const set = claim && setOf(claim, data.statefulSets);
      const keepsBackupsOf = claim && savedIn(claim, data.cronJobs);
      return {
        volume,
        backups:
          claim === undefined || keepsBackupsOf !== undefined
            ? []
            : data.cronJobs.filter((cronJob) => saves(cronJob, claim)),
        ...(claim === undefined ? {} : { claim }),
        ...(set === undefined ? {} : { set }),
        ...(keepsBackupsOf === undefined ? {} : { keepsBackupsOf }),
      };
    });
}

/** A folder of a node without a rule where it is: it is where the pod is that uses it. */
function livesOn(node: string, volume: PersistentVolume, { pods, claims }: DataOfCluster): boolean {
  const { spec, status } = volume;
  const isHeld =
    status?.phase === "Bound" ||
    // Kept on purpose after its claim has ended.
    (spec.claimRef !== undefined && spec.persistentVolumeReclaimPolicy === "Retain");
  const nodes = nodesOf(volume);
  const claim = claimOf(volume, claims);
  return (
    isHeld &&
    (nodes.length > 0
      ? nodes.every((name) => name === node)
      : spec.hostPath !== undefined &&
        claim !== undefined &&
        pods.some((pod) => pod.spec.nodeName === node && uses(pod, claim)))
  );
}

function claimOf({ metadata, spec }: PersistentVolume, claims: readonly Claim[]) {
  return claims.find(
    (claim) =>
      claim.metadata.name === spec.claimRef?.name &&
      claim.metadata.namespace === spec.claimRef.namespace &&
      claim.spec.volumeName === metadata.name,
  );
}

/** Whether a pod uses a claim. */
export function uses({ metadata, spec }: PlacedPod, claim: Claim): boolean {
  return (
    metadata.namespace === claim.metadata.namespace &&
    (spec.volumes ?? []).some(
      ({ persistentVolumeClaim: used }) => used?.claimName === claim.metadata.name,
    )
  );
}

/** The name of a StatefulSet's claim consists of template, set and number. */
function setOf({ metadata }: Claim, sets: readonly StatefulSet[]): StatefulSet | undefined {
  return sets.find(
    (set) =>
      set.metadata.namespace === metadata.namespace &&
      (set.spec.volumeClaimTemplates ?? []).some((template) => {
        const prefix = `${template.metadata.name}-${set.metadata.name}-`;
        return metadata.name.startsWith(prefix) && /^\d+$/.test(metadata.name.slice(prefix.length));
      }),
  );
}

/** The application whose backups are in the volume of a claim. */
function savedIn({ metadata }: Claim, cronJobs: readonly CronJob[]): string | undefined {
  return cronJobs
    .filter((cronJob) => cronJob.metadata.namespace === metadata.namespace)
    .map(appOf)
    .find((app) => metadata.name === `pvc-backup-${app}`);
}

/**
 * Whether a backup may save what is in a claim. An application has several sets of pods and backups, which are named after it
 * (confluence, confluencedb, confluence-files): one backup too many is asked for rather than one too few.
 */
function saves(cronJob: CronJob, { metadata }: Claim): boolean {
  const app = appOf(cronJob);
  const label = metadata.labels?.["app"];
  return (
    cronJob.metadata.namespace === metadata.namespace &&
    label !== undefined &&
    (label.startsWith(app) || app.startsWith(label))
  );
}

function appOf({ metadata }: CronJob): string {
  return metadata.labels?.[BACKUP_LABEL] ?? metadata.name.replace(/^backup-/, "");
}

/**
 * Why a node with these volumes may not leave: all data in them goes with its machine. The operator can give them up by the node's name, and
 * for what has backups only while the newest is not older than a day and lies elsewhere. Of a lost node nothing can be saved any more,
 * so the age of a backup is told and does not refuse.
 */
export function volumeFaults(
  node: string,
  local: readonly LocalVolume[],
  {
    givenUp,
    isLost,
    now = new Date(),
  }: { givenUp: ReadonlySet<string>; isLost: boolean; now?: Date },
): string[] {
  const consents = givenUp.has(node);
  const lostBackups = new Set(local.flatMap(({ keepsBackupsOf }) => keepsBackupsOf ?? []));
  return local.flatMap((one) => {
    const stale = isLost
      ? []
      : one.backups.flatMap((cronJob) => staleness(cronJob, lostBackups, now));
    return consents && stale.length === 0
      ? []
      : [
          [
            `${describe(one)}: its data is on ${node} alone and goes with the machine`,
            ...(one.set === undefined ? [] : replicated(one.set)),
            ...stale,
          ].join("\n  "),
        ];
  });
}

/** How an operator gives a node's volumes up. */
export function howToGiveUp(node: string, local: readonly LocalVolume[]): string {
  const apps = [...new Set(local.flatMap(({ backups }) => backups.map(appOf)))];
  const makes = apps.map((app) => `make backup APP=${app}`);
  return [
    makes.length === 0
      ? "save the data: it has no scheduled backup"
      : `save the data: ${makes.join(", ")}`,
    `then give the volumes up: make up GIVE_UP_VOLUMES=${node}, or ${GIVE_UP_VOLUMES_VARIABLE}=${node} in the environment of pulumi`,
  ].join("\n");
}

function staleness(cronJob: CronJob, lostBackups: ReadonlySet<string>, now: Date): string[] {
  const app = appOf(cronJob);
  if (lostBackups.has(app)) {
    return [
      `the backups of ${app} lie on the same node and go too: save the data elsewhere, and delete the claim by hand`,
    ];
  }
  const last = cronJob.status?.lastSuccessfulTime;
  const age = last === undefined ? undefined : now.getTime() - Date.parse(last);
  if (age === undefined) {
    return [`${app} has never been saved: make backup APP=${app}`];
  }
  return age <= FRESH
    ? []
    : [`the newest backup of ${app} is ${span(age)} old: make backup APP=${app}`];
}

function replicated({ metadata, spec, status }: StatefulSet): string[] {
  const { replicas = 1 } = spec;
  if (replicas < 2) {
    return [];
  }
  const ready = status?.readyReplicas ?? 0;
  return [
    ready >= replicas
      ? `the other ${replicas - 1} replicas of ${metadata.name} are ready and have what is replicated`
      : `of the ${replicas} replicas of ${metadata.name} only ${ready} are ready: wait until all are`,
  ];
}

/** A volume in one line. */
export function describe({ volume, claim, keepsBackupsOf }: LocalVolume): string {
  const { claimRef } = volume.spec;
  if (claim === undefined) {
    return `volume ${volume.metadata.name}, kept of the claim ${claimRef?.namespace}/${claimRef?.name}`;
  }
  const label = claim.metadata.labels?.["app"] ?? claim.metadata.labels?.["app.kubernetes.io/name"];
  const of =
    keepsBackupsOf !== undefined
      ? `, the backups of ${keepsBackupsOf}`
      : label === undefined
        ? ""
        : ` of ${label}`;
  return `claim ${placeOf(claim)}${of}`;
}
