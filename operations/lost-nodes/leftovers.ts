import { readEnvironmentFile } from "../../apps/environment";
import { volumesOf } from "../../environment/applications/exposed";
import { EnvironmentError } from "../../environment/faults";
import type { Environment } from "../../environment/schema";
import { Kubectl } from "../../kubernetes/kubectl";
import { OperatorError } from "../../lib/operatorError";
import { checkout } from "../../lib/paths";
import type { Engine } from "../engine/engine";
import { writeKubeconfig } from "../engine/kubeconfigFile";
import { selectProjects, type StackProject } from "../engine/stacks";
import { type Driver, resourcesOf } from "../engine/stackState";
import { lostVolumes, unknownDisks } from "./lostVolumes";
import {
  endsWithClaim,
  isOnNode,
  type Leftover,
  leftoverOf,
  type PersistentVolume,
} from "./volumes";

/** Folders of applications on file servers. No program here empties them. */
export function foldersLeft(site: Pick<Environment, "applications" | "stack">): Leftover[] {
  const { stack } = site;
  return volumesOf(site).flatMap(({ application, path, key, folder, volume: { nfs } }) =>
    nfs === undefined
      ? []
      : [
          {
            what: `files of site:${path}`,
            where: `${nfs.server}:${nfs.path}/${stack}/${folder ?? folderName(application.name, key)}`,
            remove: "the folder, on the file server",
          },
        ],
  );
}

/** The folder that an application mounts (apps/volumes.ts): its name, and for its backups too. */
function folderName(application: string, key: string): string {
  const [first, ...rest] = key.split(".");
  return first === "backup" ? application : [application, first, ...rest].join("-");
}

/** The same for an environment's file. Empty where the file has faults, since a destroy must work all the same. */
export function foldersOf(environment: string): Leftover[] {
  const site = environmentOf(environment);
  if (site === undefined) {
    console.log(`What stays on file servers is not listed: Pulumi.${environment}.yaml has faults.`);
    return [];
  }
  return foldersLeft(site);
}

/** The environment of a file; undefined where it has faults. */
function environmentOf(environment: string): Environment | undefined {
  try {
    return readEnvironmentFile(environment, { directory: checkout });
  } catch (error) {
    if (!(error instanceof EnvironmentError)) {
      throw error;
    }
    return undefined;
  }
}

/** Volumes that stay when their claims and their cluster are gone. */
export function volumesLeft(
  volumes: readonly PersistentVolume[],
  { machinesGo }: { machinesGo: boolean },
): Leftover[] {
  return volumes
    .filter((volume) => !endsWithClaim(volume) && !(machinesGo && isOnNode(volume)))
    .map(leftoverOf);
}

/** The same, asked of the running cluster. Empty where there is none; where it does not answer, a line says so. */
export async function clusterVolumesLeft(
  engine: Pick<Engine, "environment" | "outputs">,
  options: { machinesGo: boolean },
): Promise<Leftover[]> {
  const [cluster] = selectProjects("cluster");
  try {
    if ((await engine.outputs(cluster))?.kubeconfig === undefined) {
      return [];
    }
    const api = new Kubectl(await writeKubeconfig(engine.environment));
    return volumesLeft(await api.list<PersistentVolume>("persistentvolumes", {}), options);
  } catch (error) {
    if (!(error instanceof OperatorError)) {
      throw error;
    }
    console.log(`Which of the cluster's volumes stay is not known: ${error.fault.what}`);
    return [];
  }
}

/** What an abandoned cluster has made outside its machines, as far as a stack's state knows. Called before the stack's destroy. */
export async function leftByDeadCluster(
  engine: Driver,
  project: StackProject,
): Promise<Leftover[]> {
  const site = environmentOf(engine.environment);
  const onMachines = site?.volumes.provisioner === "local-path";
  if (project.name === "apps") {
    return lostVolumes(await resourcesOf(engine, project), { onMachines });
  }
  return project.name === "cluster" && !onMachines
    ? [unknownDisks(site?.kubernetes.clusterName ?? "of this site")]
    : [];
}

/** Lists what stays, where it is and how to remove it; an empty text if nothing stays. */
export function describeLeftovers(leftovers: readonly Leftover[]): string {
  return leftovers
    .map(({ what, where, remove }) => `  - ${what}\n    where:  ${where}\n    remove: ${remove}\n`)
    .join("");
}
