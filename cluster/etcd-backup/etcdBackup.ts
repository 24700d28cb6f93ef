import type { local, remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import type { Environment } from "../../environment/schema";
import type { readInfra } from "../../pulumi/stackReferences";
import { rootStep } from "../../ssh/rootStep";
import { isControlPlane, type Machine } from "../node/machine";
import { type BackupKey, backupKey } from "./backupKey";
import {
  BACKUP_DEADLINE_SECONDS,
  INSTALL_DEADLINE_SECONDS,
  installBackupScript,
  REMOVE_BACKUP,
  RUN_BACKUP,
} from "./controlPlane";
import { CLOSE_STORE, STORE_DEADLINE_SECONDS, storeScript } from "./store";

/** Whose etcd is saved, and where. */
export interface EtcdBackupArgs {
  environment: Environment;
  infra: Awaited<ReturnType<typeof readInfra>>;
  machines: readonly Machine[];
  /** The step that made each node a member, by node name. */
  members: Readonly<Record<string, remote.Command>>;
  /** The steps that take nodes out of the cluster, by node name. */
  leaves: Readonly<Record<string, local.Command>>;
}

/**
 * Backups of etcd on the load balancers. Each control plane makes its own by a timer, without the cluster's API and without this
 * program. A first one is made at once, so that an update that ends well has proved the whole way.
 *
 * Destroying it ends the backups; those that are there stay on the load balancers, and only the private key in the state opens them.
 */
export class EtcdBackup extends pulumi.ComponentResource {
  readonly key: BackupKey;

  constructor(
    name: string,
    { environment, infra, machines, members, leaves }: EtcdBackupArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("sitewright:cluster:EtcdBackup", name, {}, opts);
    const own = { parent: this };
    this.key = backupKey(name, environment.kubernetes.clusterName, own);
    const controlPlanes = machines.filter(isControlPlane);
    const installed = controlPlanes.map((machine) =>
      rootStep(
        `${name}-install-${machine.node.name}`,
        {
          host: machine.host,
          script: installBackupScript(environment, machine.node, infra.loadBalancers),
          stdin: this.key.certificate,
          triggers: [machine.vmId],
          deleteScript: REMOVE_BACKUP,
          deadlineSeconds: INSTALL_DEADLINE_SECONDS,
        },
        { ...own, dependsOn: [members[machine.node.name], leaves[machine.node.name]] },
      ),
    );
    const keys = pulumi
      .all(installed.map(({ stdout }) => stdout))
      .apply((all) => all.map((key, at) => `${controlPlanes[at].node.name} ${key.trim()}`))
      .apply((lines) => `${lines.join("\n")}\n`);
    const stores = infra.loadBalancers.map(({ name: machine, address, hostKey, vmId }) =>
      rootStep(
        `${name}-store-${machine}`,
        {
          host: { address, hostKey, user: infra.sshUser, privateKey: infra.sshPrivateKey },
          script: storeScript(environment),
          stdin: keys,
          triggers: [vmId],
          deleteScript: CLOSE_STORE,
          deadlineSeconds: STORE_DEADLINE_SECONDS,
        },
        own,
      ),
    );
    const ids = infra.loadBalancers.map(({ vmId }) => vmId);
    const saved: pulumi.Resource[] = [];
    for (const [at, { node, host, vmId }] of controlPlanes.entries()) {
      saved.push(
        rootStep(
          `${name}-run-${node.name}`,
          {
            host,
            script: RUN_BACKUP,
            triggers: [vmId, ...ids],
            deadlineSeconds: BACKUP_DEADLINE_SECONDS,
          },
          // One after the other: a snapshot is work for etcd.
          { ...own, dependsOn: [installed[at], ...stores, ...saved] },
        ),
      );
    }
    this.registerOutputs({});
  }
}
