import { readApps, readCluster, readInfra } from "../pulumi/stackReferences";

/**
 * What an operator wants at a glance, gathered from the three stacks: `pulumi stack output` in the
 * repository's root shows it, `make status` adds what the running site itself says.
 */
export = async () => {
  const infra = await readInfra();
  const cluster = await readCluster();
  const apps = await readApps();
  return {
    api: infra.api,
    loadBalancers: infra.loadBalancers,
    nodes: infra.nodes,
    cluster: { name: cluster.clusterName, version: cluster.kubernetesVersion, cni: cluster.cni },
    apps: apps.urls,
    images: cluster.images,
    backups: apps.backups,
    dashboard: apps.dashboard?.url,
  };
};
