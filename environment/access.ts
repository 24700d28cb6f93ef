import type { Environment } from "./schema";

/**
 * Who may do what in the vCenter: the three accounts of a site, their roles, and where each role is bound. The roles that
 * infra makes, the list that is handed to an administrator, the preflight and docs/vcenter-access.md are all made of this.
 *
 * Sources: the privileges of CNS are those of the vSphere CSI driver's prerequisites (docs/book/driver-deployment), those of a
 * clone are in "Required vSphere Privileges for Common Tasks", and each method's own in the vSphere Web Services API.
 */

/** Said once by every command that speaks with a vCenter whose certificate is not verified. */
export const INSECURE_WARNING =
  "The vCenter's certificate is not verified (site:vsphere.insecure): whoever stands between can read its passwords. " +
  "Trust its authority by SSL_CERT_FILE instead.";

/** An account: the one that clones, that of vSphere's cloud provider, that of its CSI driver. */
export type Account = "provisioner" | "cloudProvider" | "csi";

/** A kind of object on which a role is bound. */
export type Place =
  "vcenter" | "datacenter" | "folder" | "pool" | "datastore" | "volumes" | "network" | "template";

/** A privilege by the name that the API gives it, and what calls for it. */
export interface Privilege {
  id: string;
  reason: string;
}

/** What a role allows at one kind of place. */
export interface Grant {
  place: Place;
  /** Whether it counts for what is below, too. */
  propagate: boolean;
  reason: string;
  /** Empty for what every role has: System.Anonymous, System.Read, System.View. */
  privileges: readonly Privilege[];
}

/** A role: the sum of its grants' privileges. */
export interface Role {
  name: string;
  account: Account;
  /** Comes with every vCenter and is not made. @default false */
  builtIn?: boolean;
  grants: readonly Grant[];
}

const because =
  (reason: string) =>
  (...ids: string[]): Privilege[] =>
    ids.map((id) => ({ id, reason }));

/** Sees everything in the datacenter, without a right to change it. A nearer role takes its place. */
const sees = (reason: string): Grant => ({
  place: "datacenter",
  propagate: true,
  reason,
  privileges: [],
});

export const ROLES: readonly Role[] = [
  {
    name: "provisioner-site",
    account: "provisioner",
    grants: [
      {
        place: "vcenter",
        propagate: false,
        reason: "storage policies and tags belong to the whole vCenter",
        privileges: [
          ...because("a machine's storage policy is read with the machine")("StorageProfile.View"),
          ...because("vsphere.tags")("InventoryService.Tagging.AttachTag"),
        ],
      },
    ],
  },
  {
    name: "ReadOnly",
    account: "provisioner",
    builtIn: true,
    grants: [sees("finds cluster, switch, networks, datastores and template by their names")],
  },
  {
    name: "provisioner-machines",
    account: "provisioner",
    grants: [
      {
        place: "folder",
        propagate: true,
        reason: "makes, changes and removes the site's machines, and no others",
        privileges: [
          ...because("the folder vsphere.folder is made, renamed and removed")(
            "Folder.Create",
            "Folder.Delete",
            "Folder.Rename",
          ),
          ...because("machines are cloned and destroyed")(
            "VirtualMachine.Inventory.CreateFromExisting",
            "VirtualMachine.Inventory.Delete",
          ),
          ...because("a clone's disk, which is then extended")(
            "VirtualMachine.Config.AddExistingDisk",
            "VirtualMachine.Config.AddNewDisk",
            "VirtualMachine.Config.DiskExtend",
            "VirtualMachine.Config.RemoveDisk",
          ),
          ...because("a clone's network card is connected to its zone")(
            "VirtualMachine.Config.AddRemoveDevice",
            "VirtualMachine.Config.EditDevice",
          ),
          ...because("guestinfo for cloud-init, disk.EnableUUID")(
            "VirtualMachine.Config.AdvancedConfig",
            "VirtualMachine.Config.ResetGuestInfo",
          ),
          ...because("cpus, memoryMiB, memory reservations, name, options")(
            "VirtualMachine.Config.CPUCount",
            "VirtualMachine.Config.Memory",
            "VirtualMachine.Config.Rename",
            "VirtualMachine.Config.Resource",
            "VirtualMachine.Config.Settings",
          ),
          ...because("a hardware version newer than the template's")(
            "VirtualMachine.Config.UpgradeVirtualHardware",
          ),
          ...because("machines are started, restarted and stopped")(
            "VirtualMachine.Interact.PowerOn",
            "VirtualMachine.Interact.PowerOff",
            "VirtualMachine.Interact.Reset",
          ),
          ...because("vsphere.tags")("InventoryService.Tagging.ObjectAttachable"),
        ],
      },
    ],
  },
  {
    name: "provisioner-placement",
    account: "provisioner",
    grants: [
      {
        place: "pool",
        propagate: false,
        reason: "machines run there",
        privileges: because("a clone is put into the pool")("Resource.AssignVMToPool"),
      },
      {
        place: "datastore",
        propagate: false,
        reason: "the machines' disks lie there",
        privileges: because("the files of a machine")(
          "Datastore.AllocateSpace",
          "Datastore.Browse",
          "Datastore.FileManagement",
        ),
      },
      {
        place: "network",
        propagate: false,
        reason: "a zone's port group",
        privileges: because("a network card is connected")("Network.Assign"),
      },
    ],
  },
  {
    name: "provisioner-template",
    account: "provisioner",
    grants: [
      {
        place: "template",
        propagate: false,
        reason: "is cloned, and cannot be changed",
        privileges: [
          ...because("a clone of a template")("VirtualMachine.Provisioning.DeployTemplate"),
          ...because("a clone of a machine that is not marked as a template")(
            "VirtualMachine.Provisioning.Clone",
          ),
        ],
      },
    ],
  },
  {
    name: "ReadOnly",
    account: "cloudProvider",
    builtIn: true,
    grants: [
      {
        place: "vcenter",
        propagate: false,
        reason: "the list of datacenters; tags and their categories",
        privileges: [],
      },
      sees("finds the nodes' machines by UUID, and the tags of hosts and clusters above them"),
    ],
  },
  {
    name: "CNS-SEARCH-AND-SPBM",
    account: "csi",
    grants: [
      {
        place: "vcenter",
        propagate: false,
        reason: "volumes and storage policies belong to the whole vCenter",
        privileges: [
          ...because("lists the volumes it has made")("Cns.Searchable"),
          ...because("storage classes with a policy")("StorageProfile.View"),
        ],
      },
    ],
  },
  {
    name: "ReadOnly",
    account: "csi",
    builtIn: true,
    grants: [sees("finds nodes, the datastores they share, and the tags above them")],
  },
  {
    name: "CNS-DATASTORE",
    account: "csi",
    grants: [
      {
        place: "volumes",
        propagate: false,
        reason: "volumes are made there; a datastore without it is passed over",
        privileges: because("makes, extends and deletes volumes")("Datastore.FileManagement"),
      },
    ],
  },
  {
    name: "CNS-VM",
    account: "csi",
    grants: [
      {
        place: "folder",
        propagate: true,
        reason: "volumes are attached to the nodes",
        privileges: because("attaches and detaches a volume")(
          "VirtualMachine.Config.AddExistingDisk",
          "VirtualMachine.Config.AddRemoveDevice",
        ),
      },
    ],
  },
];

/** What the account that runs infra needs beside, where `vsphere.manageAccess` lets infra make roles and bind them. */
export const MANAGES_ACCESS: Grant = {
  place: "vcenter",
  propagate: true,
  reason: "makes the roles and gives them to the accounts",
  privileges: [
    ...because("roles")("Authorization.ModifyRoles"),
    ...because("permissions")("Authorization.ModifyPermissions"),
  ],
};

type Site = Pick<Environment, "vsphere" | "zones" | "kubernetes">;

/** An object in the vCenter, as govmomi's finder looks for it: by a name within the datacenter, or a whole path. */
export interface Entity {
  kind: "vcenter" | "datacenter" | "pool" | "folder" | "datastore" | "network" | "virtualMachine";
  /** Empty for the vCenter itself. */
  name: string;
  /** Configuration key that names it. */
  key: string;
}

/** One permission: an account gets a role on an object. */
export interface Binding {
  account: Account;
  /** Name of the role in the vCenter. */
  role: string;
  builtIn: boolean;
  grant: Grant;
  entity: Entity;
}

/** The name of a role in the vCenter: with that of the cluster, for a vCenter may serve several. */
export function roleName(role: Role, { kubernetes }: Pick<Site, "kubernetes">): string {
  return role.builtIn ? role.name : `${kubernetes.clusterName}-${role.name}`;
}

/** The privileges of a role, in the order of the alphabet. */
export function rolePrivileges({ grants }: Role): string[] {
  return [...new Set(grants.flatMap(({ privileges }) => privileges.map(({ id }) => id)))].sort();
}

/** The folder of the machines. */
export function machineFolder({ vsphere }: Pick<Site, "vsphere">): Entity {
  const name = `/${vsphere.datacenter}/vm/${vsphere.folder}`;
  return { kind: "folder", name, key: "vsphere.folder" };
}

/** The folder above that of the machines: it has to be there before infra makes the other. */
export function parentFolder(site: Pick<Site, "vsphere">): Entity {
  const { name, ...folder } = machineFolder(site);
  return { ...folder, name: name.slice(0, name.lastIndexOf("/")) };
}

/** The objects of a place. */
export function entitiesAt(place: Place, site: Site): Entity[] {
  const { vsphere, zones } = site;
  switch (place) {
    case "vcenter":
      return [{ kind: "vcenter", name: "", key: "vsphere.server" }];
    case "datacenter":
      return [{ kind: "datacenter", name: vsphere.datacenter, key: "vsphere.datacenter" }];
    case "folder":
      return [machineFolder(site)];
    case "pool":
      return [
        vsphere.resourcePool === undefined
          ? { kind: "pool", name: `${vsphere.cluster}/Resources`, key: "vsphere.cluster" }
          : {
              kind: "pool",
              name: `${vsphere.cluster}/Resources/${vsphere.resourcePool}`,
              key: "vsphere.resourcePool",
            },
      ];
    case "datastore":
      return [{ kind: "datastore", name: vsphere.datastore, key: "vsphere.datastore" }];
    case "volumes":
      return (vsphere.volumeDatastores ?? [vsphere.datastore]).map((name, index) => ({
        kind: "datastore",
        name,
        key:
          vsphere.volumeDatastores === undefined
            ? "vsphere.datastore"
            : `vsphere.volumeDatastores[${index}]`,
      }));
    case "network":
      return Object.entries(zones).map(([zone, { portGroup }]) => ({
        kind: "network",
        name: portGroup,
        key: `zones.${zone}.portGroup`,
      }));
    case "template":
      return [{ kind: "virtualMachine", name: vsphere.template, key: "vsphere.template" }];
  }
}

/** The user of an account; undefined where the environment has no such account. */
export function userOf(account: Account, { vsphere }: Pick<Site, "vsphere">): string | undefined {
  return account === "provisioner" ? vsphere.user : vsphere.accounts?.[account];
}

/**
 * Every permission that somebody has to give, on the objects that the environment names.
 *
 * An administrator gives them before infra has made the machines' folder, and so binds on the folder above what concerns it.
 * infra, where it manages access, binds on the folder itself; and its own account gets none, being an administrator's: a nearer
 * permission would take the place of the one it has from above.
 */
export function bindings(site: Site): Binding[] {
  const { manageAccess } = site.vsphere;
  const isGiven = ({ account }: Role): boolean =>
    userOf(account, site) !== undefined && !(manageAccess && account === "provisioner");
  return ROLES.filter(isGiven).flatMap((role) =>
    role.grants.flatMap((grant) =>
      (grant.place === "folder" && !manageAccess
        ? [parentFolder(site)]
        : entitiesAt(grant.place, site)
      ).map((entity) => ({
        account: role.account,
        role: roleName(role, site),
        builtIn: role.builtIn ?? false,
        grant,
        entity,
      })),
    ),
  );
}
