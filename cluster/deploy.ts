import * as pulumi from "@pulumi/pulumi";

import { APPLICATIONS } from "../apps/registry";
import type { Cluster, EtcdBackupOutput } from "../environment/contracts";
import { imagesOf, pendingDigests } from "../environment/images/imagesOf";
import { entryAddress } from "../environment/loadBalancers";
import { imageDigests } from "../kubernetes/imageDigests";
import { ownFields } from "../kubernetes/ownFields";
import { readEnvironment } from "../pulumi/config";
import { DependentsGuard } from "../pulumi/dependentsGuard";
import { formerlyNamed } from "../pulumi/formerlyNamed";
import { readInfra } from "../pulumi/stackReferences";
import { refuseFormerName } from "../pulumi/stackResources";
import { vcenterAuthority } from "../pulumi/vcenterAuthority";
import { EtcdBackup } from "./etcd-backup/etcdBackup";
import { KubeadmCluster } from "./kubeadm/kubeadmCluster";
import { loadBalancerTrust } from "./kubeadm/loadBalancerTrust";
import { machinesOf } from "./machines";
import { namespaces } from "./namespaces";
import { coreDns } from "./network/coreDns";
import { podNetwork } from "./network/podNetwork";
import { initializeNodes } from "./node/initialization";
import { nodes } from "./node/labelsAndTaints";
import { immutableSettingsOf, refuseImmutableChanges } from "./state/immutableSettings";
import { withJoinTriggers } from "./state/joinTrigger";
import { chooseLeaders } from "./state/leader";
import { tellWhoLeaves } from "./state/leaving";
import { refuseLostNamespaces } from "./state/lostNamespaces";
import {
  CLUSTER_OUTPUT,
  JOINED_OUTPUT,
  joinedOutput,
  KUBECONFIG_OUTPUT,
  IMMUTABLE_SETTINGS_OUTPUT,
  readPreviousOutputs,
  ETCD_BACKUP_OUTPUT,
  LEADER_OUTPUT,
  RENEWAL_OUTPUT,
  VCENTER_PASSWORDS_OUTPUT,
} from "./state/previousOutputs";
import { readRunning } from "./state/runningCluster";
import { assertVersion } from "./state/runningVersion";
import { volumeProvisioner } from "./storage/provisioner";
import { storageClasses } from "./storage/storageClasses";
import { VolumeRelease } from "./storage/volumeRelease";
import { vcenterPasswords } from "./vcenterPasswords";

/** What the stack exports: the contract `cluster`, the kubeconfig, and what the next update of this stack reads. */
export type Outputs = Record<
  | typeof CLUSTER_OUTPUT
  | typeof JOINED_OUTPUT
  | typeof KUBECONFIG_OUTPUT
  | typeof IMMUTABLE_SETTINGS_OUTPUT
  | typeof ETCD_BACKUP_OUTPUT
  | typeof LEADER_OUTPUT
  | typeof VCENTER_PASSWORDS_OUTPUT,
  pulumi.Output<unknown>
> & { [RENEWAL_OUTPUT]?: pulumi.Output<unknown> };

/**
 * Creates the cluster of the current stack on the machines of infra.
 *
 * @throws Refusal, before anything is touched, when the environment has faults, infra is not up to date, the running cluster
 * has another version, an immutable setting has changed, or a namespace with applications is no longer listed.
 */
export async function deploy(): Promise<Outputs> {
  const environment = readEnvironment(APPLICATIONS);
  const pending = pendingDigests(environment, "cluster");
  if (pending !== undefined) {
    void pulumi.log.warn(pending);
  }
  await refuseFormerName("cluster");
  const previous = await readPreviousOutputs();
  await refuseImmutableChanges(environment, previous);
  await refuseLostNamespaces(environment, previous);
  const now = new Date().toISOString();
  const running = await readRunning(environment, previous, now);
  assertVersion(environment, previous, running);
  const infra = await readInfra();
  const site = machinesOf(environment, infra);
  await tellWhoLeaves(environment, previous, site.machines);
  const leaders = chooseLeaders(site.machines, site.held, previous, running);
  const { leader, live } = leaders;
  const machines = withJoinTriggers(site.machines, leader.name, previous.joined, running, now);
  const { kubernetes, cni } = environment;
  const authority = vcenterAuthority(environment.vsphere);
  const renewal = running?.dueCertificate ?? previous.renewal;

  // What is made on machines was once named after the cluster.
  const renamed = formerlyNamed(kubernetes.clusterName);

  const cluster = new KubeadmCluster(
    "cluster",
    {
      environment,
      machines,
      leaders,
      controlPlaneLeaves: site.held.some(({ role }) => role === "control-plane"),
      renewal,
    },
    renamed,
  );

  const trust = loadBalancerTrust(
    "trust",
    { infra, caCertificate: cluster.caCertificate },
    { ...renamed, dependsOn: cluster.initialized },
  );

  const etcdBackup = new EtcdBackup(
    "etcd-backup",
    { environment, infra, machines, members: cluster.members, leaves: cluster.leaves },
    renamed,
  );

  // Objects are deleted with the cluster, and not one by one through an API that is going away.
  const ends = { deletedWith: cluster.initialized };
  const { provider } = cluster;
  const objects = { transformations: [ownFields, imageDigests(environment.imageLock)], ...ends };
  const inCluster = { provider, ...objects };
  const components = { providers: [provider], ...objects };

  const members = Object.values(cluster.members);
  const { manager, initialized } = initializeNodes(
    "cloud-provider",
    { environment, machines, leader: live, members, authority },
    components,
  );
  const network = podNetwork("pod-network", { environment }, { ...components, dependsOn: manager });
  const ready = [...network, ...initialized];
  const provisioner = volumeProvisioner(
    "volumes",
    { environment, machines, leader: live, authority },
    { ...components, dependsOn: ready },
  );
  const inside = [
    ...manager,
    ...ready,
    coreDns("core-dns", { ...inCluster, dependsOn: initialized }),
    ...nodes(
      "node",
      { environment, machines, members: cluster.members, leaves: cluster.leaves },
      { ...inCluster, dependsOn: ready },
    ),
    ...namespaces(environment.namespaces, inCluster),
    ...provisioner,
    // A class is deleted before the provisioner that creates and removes its volumes.
    ...storageClasses(environment.storageClasses, { ...inCluster, dependsOn: provisioner }),
  ];
  const made = [cluster, cluster.registration, ...trust, etcdBackup, ...inside];
  const volumes = new VolumeRelease("volume-release", {
    kubeconfig: cluster.kubeconfig,
    outlivedBy: made,
  });
  new DependentsGuard("dependents", { downstream: "apps", protects: [...made, volumes] });

  const contract: { [key in keyof Cluster]: pulumi.Input<Cluster[key]> } = {
    clusterName: kubernetes.clusterName,
    apiServer: `https://${entryAddress(environment.loadBalancer)}:${kubernetes.apiPort}`,
    kubernetesVersion: kubernetes.version,
    cni: cni.type,
    caCertificate: cluster.caCertificate,
    namespaces: environment.namespaces.map(({ name }) => name),
    storageClasses: environment.storageClasses.map(({ name }) => name),
    images: imagesOf(environment),
  };
  return {
    [CLUSTER_OUTPUT]: pulumi.output(contract),
    [KUBECONFIG_OUTPUT]: cluster.kubeconfig,
    [JOINED_OUTPUT]: cluster.joined.apply(joinedOutput),
    [IMMUTABLE_SETTINGS_OUTPUT]: pulumi.output(
      immutableSettingsOf(
        environment,
        machines.map(({ node }) => node),
      ),
    ),
    [ETCD_BACKUP_OUTPUT]: pulumi.output({
      ...etcdBackup.key,
      everyHours: environment.kubernetes.etcdBackup.everyHours,
    } satisfies { [key in keyof EtcdBackupOutput]: pulumi.Input<EtcdBackupOutput[key]> }),
    [LEADER_OUTPUT]: pulumi.output(leader.name),
    [VCENTER_PASSWORDS_OUTPUT]: pulumi.all(vcenterPasswords(environment)),
    ...(renewal === undefined ? {} : { [RENEWAL_OUTPUT]: pulumi.output(renewal) }),
  };
}
