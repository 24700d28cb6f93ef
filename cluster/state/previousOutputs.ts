import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

import { clusterContract } from "../../environment/contracts";
import { qualifiedName } from "../../pulumi/qualifiedName";

/** Outputs that this stack reads back in its next update. The contract `cluster` is for other stacks too. */
export const CLUSTER_OUTPUT = "cluster";
export const JOINED_OUTPUT = "joined";
export const KUBECONFIG_OUTPUT = "kubeconfig";
export const IMMUTABLE_SETTINGS_OUTPUT = "made";
/** What opens the backups of etcd, and how often they are made. For operators' commands. */
export const ETCD_BACKUP_OUTPUT = "etcdBackup";
export const RENEWAL_OUTPUT = "renewal";
/** Name of the control plane whose step `initialize` stands for the cluster. */
export const LEADER_OUTPUT = "leader";
/** Since when the passwords of the vCenter's accounts are used. For operators' commands. */
export const VCENTER_PASSWORDS_OUTPUT = "vcenterPasswords";

/** Settings that the cluster was created with and that cannot change while it exists. */
const immutableSettingsSchema = z.object({
  /** See immutableFacts. */
  facts: z.record(z.string(), z.string()),
  /** Role of each node, by its name. */
  roles: z.record(z.string(), z.string()),
  /** See fixedSettings. Older programs have not recorded them. */
  settings: z.record(z.string(), z.string()).optional(),
});
export type ImmutableSettings = z.output<typeof immutableSettingsSchema>;

/** Key of the join trigger in the states of running sites: a machine whose recorded trigger is not found would get another one. */
export const STORED_TRIGGER = "occasion";

/** The form in which a finished update records which machines have joined, with the join trigger of each. */
const joinedSchema = z.record(
  z.string(),
  z
    .object({ vmId: z.string(), [STORED_TRIGGER]: z.string().optional() })
    .transform(({ vmId, [STORED_TRIGGER]: joinTrigger }) => ({
      vmId,
      ...(joinTrigger === undefined ? {} : { joinTrigger }),
    })),
);

/** Machines that have joined, by node name. The one that has initialized the cluster may have no join trigger. */
export type Joined = Record<string, { vmId: string; joinTrigger?: string }>;

/** What an update records of the machines that have joined; see joinedSchema. */
export function joinedOutput(joined: Joined): z.input<typeof joinedSchema> {
  return Object.fromEntries(
    Object.entries(joined).map(([name, { vmId, joinTrigger }]) => [
      name,
      { vmId, ...(joinTrigger === undefined ? {} : { [STORED_TRIGGER]: joinTrigger }) },
    ]),
  );
}

/** What this stack recorded when it last succeeded. What an older program did not record is undefined. */
export interface PreviousOutputs {
  /** Machines that have joined; empty before the first success. */
  joined: Joined;
  /** Version of the control plane; undefined before the first success. */
  kubernetesVersion?: string;
  clusterName?: string;
  /** Names of the namespaces that the environment listed. */
  namespaces?: string[];
  immutableSettings?: ImmutableSettings;
  /** Undefined before the first success, and in states of older programs. */
  leader?: string;
  /** Fingerprint of the certificate for which an update has last made the control planes renew theirs; undefined if none has. */
  renewal?: string;
  /** Kubeconfig of an administrator, in plain. Use it only to ask the API. Undefined before the first success. */
  kubeconfig?: string;
}

/**
 * Reads what this stack recorded, from its state alone, so that a preview without access to the cluster knows it too. What
 * cannot be read counts as not recorded.
 */
export async function readPreviousOutputs(): Promise<PreviousOutputs> {
  const self = new pulumi.StackReference("self", { name: qualifiedName("cluster") });
  const [joined, cluster, immutableSettings, kubeconfig, renewal, leader] = await Promise.all(
    [
      JOINED_OUTPUT,
      CLUSTER_OUTPUT,
      IMMUTABLE_SETTINGS_OUTPUT,
      KUBECONFIG_OUTPUT,
      RENEWAL_OUTPUT,
      LEADER_OUTPUT,
    ].map((output) => self.getOutputDetails(output)),
  );
  const readJoined = joinedSchema.safeParse(joined?.value);
  // Read only these keys, and each by itself: an older program recorded fewer of the others.
  const { kubernetesVersion, clusterName, namespaces } = clusterContract.shape;
  const recorded = z.object({}).loose().safeParse(cluster?.value).data ?? {};
  return {
    joined: readJoined.success ? readJoined.data : {},
    kubernetesVersion: kubernetesVersion.safeParse(recorded["kubernetesVersion"]).data,
    clusterName: clusterName.safeParse(recorded["clusterName"]).data,
    namespaces: namespaces.safeParse(recorded["namespaces"]).data,
    immutableSettings: immutableSettingsSchema.safeParse(immutableSettings?.value).data,
    renewal: z.string().safeParse(renewal?.value).data,
    leader: z.string().safeParse(leader?.value).data,
    kubeconfig: z.string().min(1).safeParse(kubeconfig?.secretValue).data,
  };
}
