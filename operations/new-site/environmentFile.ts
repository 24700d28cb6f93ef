import { Document, isNode } from "yaml";

import { APPLICATIONS } from "../../apps/registry";
import { communityRepository } from "../../environment/releases/communityRepository";
import { COMPONENTS } from "../../environment/releases/components";
import { EnvironmentError } from "../../environment/faults";
import { parseEnvironment, type RawSite } from "../../environment/load/parse";
import type { Facts } from "./facts";

/** The release of the table of versions at a key that one component has. */
function release(key: string): string {
  const component = COMPONENTS.find((one) => one.key === key && one.only?.[1] !== "local-path");
  if (component === undefined) {
    throw new Error(`The table of versions has no ${key}.`);
  }
  return component.version;
}

const RELEASES = {
  kubernetes: release("kubernetes.version"),
  cloudProvider: release("kubernetes.cloudProvider.version"),
  sandboxImage: release("containerd.sandboxImage"),
  antrea: release("cni.version"),
  csi: release("volumes.version"),
  traefik: release("apps.ingress.traefikVersion"),
  whoami: release("apps.whoami.version"),
};

/**
 * The namespace `site:` of a new site: one zone, one load balancer, Kubernetes with vSphere's cloud provider and CSI driver, Antrea,
 * and as first applications the ingress and whoami.
 *
 * @param name - Of the environment; the machines' names begin with it.
 */
export function newSite(name: string, facts: Facts): RawSite {
  const zone = "lan";
  const [system, apps, routes] = [`${name}-system`, `${name}-apps`, `${name}-routes`];
  const machines = (kind: string, addresses: readonly string[], size: object) =>
    addresses.map((address, index) => ({
      name: `${name}-${kind}-${index + 1}`,
      zone,
      address,
      ...size,
    }));
  return {
    domain: facts.domain,
    vsphere: {
      server: facts.vcenter,
      address: facts.vcenterAddress,
      user: `k8s-provisioner@${facts.ssoDomain}`,
      accounts: {
        cloudProvider: `k8s-cloud-provider@${facts.ssoDomain}`,
        csi: `k8s-csi@${facts.ssoDomain}`,
      },
      datacenter: facts.datacenter,
      cluster: facts.cluster,
      datastore: facts.datastore,
      template: facts.template,
      folder: facts.folder,
      tags: ["role", "zone", "site"],
    },
    packages: {
      manager: "tdnf",
      source: "community",
      repositories: [communityRepository(RELEASES.kubernetes)],
    },
    zones: {
      [zone]: {
        portGroup: facts.portGroup,
        cidr: facts.network,
        gateway: facts.gateway,
        dnsServers: facts.dnsServers,
      },
    },
    loadBalancer: machines("lb", [facts.loadBalancer], {
      cpus: 2,
      memoryMiB: 2048,
      diskGiB: 20,
    })[0],
    nodes: [
      ...machines("cp", facts.controlPlanes, {
        role: "control-plane",
        ...{ cpus: 4, memoryMiB: 8192, diskGiB: 60 },
      }),
      ...machines("worker", facts.workers, {
        role: "worker",
        ...{ cpus: 4, memoryMiB: 16384, diskGiB: 100 },
      }),
    ],
    kubernetes: {
      version: RELEASES.kubernetes,
      clusterName: name,
      podSubnet: facts.podSubnet,
      serviceSubnet: facts.serviceSubnet,
      cloudProvider: { version: RELEASES.cloudProvider },
    },
    containerd: { sandboxImage: RELEASES.sandboxImage },
    images: { digests: "pending" },
    cni: { type: "antrea", version: RELEASES.antrea },
    volumes: { provisioner: "vsphere-csi", version: RELEASES.csi },
    storageClasses: [
      {
        name: "vsphere",
        default: true,
        provisioner: "csi.vsphere.vmware.com",
        parameters: { storagepolicyname: facts.storagePolicy },
      },
    ],
    namespaces: [
      { name: system, environment: name, category: "sys", zone },
      { name: apps, environment: name, category: "apps", zone },
      { name: routes, environment: name, category: "routes", zone },
    ],
    apps: {
      ingress: {
        namespace: system,
        routesNamespace: routes,
        domain: facts.ingressDomain,
        traefikVersion: RELEASES.traefik,
        dashboardHost: `traefik.${facts.ingressDomain}`,
      },
      whoami: {
        namespace: apps,
        version: RELEASES.whoami,
        host: `whoami.${facts.ingressDomain}`,
      },
    },
  };
}

/** Comments of the file, by key of the namespace `site:`. */
const COMMENTS: Record<string, string> = {
  vsphere: `Three accounts with no more rights than they need; \`make access\` prints them.`,
  packages: `Without pins a machine gets what its repositories offer when it is made: pin what must stay the same.`,
  zones: `Another network, such as one behind a firewall, is another zone.`,
  loadBalancer: `A second machine and a virtual address between both are the key pair: see infra/README.md.`,
  nodes: `Sizes act when a machine is cloned.`,
  images:
    "`make images` asks the registries for the digests, once they are in reach. From then on no image without one is accepted, and this can go.",
  kubernetes: `What PhotonOS 5 carries in its own repositories.`,
  storageClasses: `\`reclaimPolicy: Retain\` keeps the disk of a claim that is deleted.`,
  namespaces: `\`quota\` and \`limits\` bound what the pods of a namespace take.`,
  apps: `apps/registry.ts lists all applications; each explains its keys in its own settings.ts.`,
};

/** Text of Pulumi.<name>.yaml with these keys of the namespace `site:`. */
export function environmentFile(name: string, site: RawSite): string {
  const sections = Object.entries(site).map(([key, value]) => [`site:${key}`, value]);
  const document = new Document({
    config: {
      "pulumi:disable-default-providers": ["vsphere", "kubernetes"],
      ...Object.fromEntries(sections),
    },
  });
  document.commentBefore = ` The site ${name}. Keys are explained in environment/schema/index.ts; docs/new-site.md says what comes next.
 This file serves all four projects. \`pulumi stack rm\` without --preserve-config and \`pulumi destroy --remove\` delete it.`;
  const config: unknown = document.get("config");
  for (const [index, { key }] of (config as { items: { key: unknown }[] }).items.entries()) {
    const comment = COMMENTS[String(key).replace(/^site:/, "")];
    if (isNode(key)) {
      key.spaceBefore = index > 0;
      key.commentBefore = comment === undefined ? undefined : ` ${comment}`;
    }
  }
  return document.toString({ lineWidth: 120 });
}

/** What keeps the keys of a new site from being a valid environment, a line each. */
export function siteFaults(name: string, site: RawSite): string[] {
  try {
    parseEnvironment(APPLICATIONS, name, site);
    return [];
  } catch (error) {
    if (error instanceof EnvironmentError) {
      return error.faults.map(
        ({ path, value, reason, allowed }) =>
          `${path} = ${JSON.stringify(value)} ${reason}; allowed: ${allowed}`,
      );
    }
    throw error;
  }
}
