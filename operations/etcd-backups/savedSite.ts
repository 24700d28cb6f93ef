import {
  type Cluster,
  etcdBackupContract,
  type EtcdBackupOutput,
  type Infra,
  infraContract,
} from "../../environment/contracts";
import { OperatorError } from "../../lib/operatorError";
import { Engine } from "../engine/engine";
import { stackProjects } from "../engine/stacks";
import type { Login } from "./stores";

/** A machine that infra has made for a node. */
export type MadeNode = Infra["nodes"][number];

/** A site whose etcd is saved, as its states have it. */
export interface SavedSite {
  environment: string;
  loadBalancers: Infra["loadBalancers"];
  /** Those that infra holds, too: they have etcd's data until they have left the cluster. */
  controlPlanes: MadeNode[];
  login: Login;
  cluster: Cluster;
  /** The administrator's kubeconfig. Secret. */
  kubeconfig: string;
  /** What opens backups. Undefined where older programs have made the site. */
  key?: EtcdBackupOutput;
}

/** @throws OperatorError when the site is not up. */
export async function savedSite(environment: string): Promise<SavedSite> {
  const engine = new Engine(environment);
  const [infra, cluster] = await Promise.all(
    stackProjects.slice(0, 2).map((project) => engine.outputs(project)),
  );
  const site = infraContract.safeParse(infra?.infra).data;
  const privateKey = infra?.sshPrivateKey;
  const kubeconfig = cluster?.kubeconfig;
  if (site === undefined || typeof privateKey !== "string" || typeof kubeconfig !== "string") {
    throw new OperatorError({
      what: "There is no cluster whose etcd is saved: the stack cluster is not up.",
      where: `environment ${environment}`,
      next: `make up ENV=${environment}; where the cluster is lost and its state with it, make restore-state ENV=${environment} first`,
    });
  }
  const key = etcdBackupContract.safeParse(cluster?.etcdBackup).data;
  return {
    environment,
    loadBalancers: site.loadBalancers,
    controlPlanes: [...site.nodes, ...site.held].filter(({ role }) => role === "control-plane"),
    login: { user: site.sshUser, privateKey },
    cluster: cluster?.cluster as Cluster,
    kubeconfig,
    ...(key === undefined ? {} : { key }),
  };
}

/** @throws OperatorError where older programs have made the site, or the state is another one. */
export function keyOf({
  environment,
  key,
}: Pick<SavedSite, "environment" | "key">): EtcdBackupOutput {
  if (key === undefined) {
    throw new OperatorError({
      what: "The state has no key of etcd's backups: older programs have made it, or it is not the one of the time of the backups.",
      where: `environment ${environment}`,
      why: "without that key nothing opens a backup; it is in the state, and in each backup of the states",
      next: `make up ENV=${environment}; where the cluster is lost, make restore-state ENV=${environment} first`,
    });
  }
  return key;
}
