import type { Environment } from "../../environment/schema";
import { LAB_LABEL, labNetworks } from "../layout";
import type { VcenterAccount } from "./passwords";

/** Files and values of the simulated vCenter that no environment can know. */
export interface VcenterPlace {
  /** Image that stands in for the template. @default none: machines are entries of the inventory, without a container */
  image?: string;
  /** The administrator's first. */
  accounts: readonly VcenterAccount[];
  /** Folder with ca.crt, vcenter.crt, vcenter.key. */
  certificates: string;
  /** Folder for the inventory's journal. */
  stateDirectory: string;
}

/**
 * Options of `docker create` for a machine with its own init, container runtime and kernel settings. It gets everything a
 * container can get but CAP_SYS_RESOURCE, which the lab does not need and not every host can give.
 */
const MACHINE_OPTIONS = [
  "--cap-add=ALL",
  "--cap-drop=SYS_RESOURCE",
  "--security-opt=seccomp=unconfined",
  "--security-opt=apparmor=unconfined",
  "--device-cgroup-rule=a *:* rwm",
  "--cgroupns=private",
  "--tmpfs=/run",
  "--tmpfs=/tmp:exec",
  // Container images of the node live below /var; an overlay on an overlay is refused by the kernel, a volume is none.
  "--volume=/var",
];

/** Content of the simulated vCenter's config file: the inventory the environment's names are looked up in. */
export function vcenterConfig(environment: Environment, place: VcenterPlace): object {
  const { vsphere, domain } = environment;
  const networks = labNetworks(environment);
  const [administrator, ...accounts] = place.accounts;
  const datastores = new Set([vsphere.datastore, ...(vsphere.volumeDatastores ?? []), "nfs"]);
  return {
    listen: vsphere.server,
    ...administrator,
    accounts,
    certificate: `${place.certificates}/vcenter.crt`,
    key: `${place.certificates}/vcenter.key`,
    certificateAuthority: `${place.certificates}/ca.crt`,
    stateDirectory: place.stateDirectory,
    inventory: {
      datacenter: vsphere.datacenter,
      cluster: {
        name: vsphere.cluster,
        hosts: [`esx1.${domain}`, `esx2.${domain}`],
        resourcePools: vsphere.resourcePool === undefined ? [] : [vsphere.resourcePool],
      },
      datastores: [...datastores].map((name) => ({
        name,
        type: name === "nfs" ? "NFS" : "VMFS",
      })),
      portGroups: networks.map(({ portGroup, name }) => ({ name: portGroup, dockerNetwork: name })),
      templates: [
        {
          name: vsphere.template,
          diskGiB: smallestDisk(environment),
          ...(place.image === undefined ? {} : { image: place.image, arguments: MACHINE_OPTIONS }),
        },
      ],
    },
    containers: { labels: { [LAB_LABEL]: "machine" } },
  };
}

/** A clone's disk may not be smaller than its template's. */
function smallestDisk({ loadBalancer, nodes }: Environment): number {
  return Math.min(...[loadBalancer, ...nodes].map(({ diskGiB }) => diskGiB));
}
