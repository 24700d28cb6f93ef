/**
 * Who may do what in the vCenter: the three accounts of a site, their roles, and where each role is bound. The roles that infra
 * creates, the list for an administrator, the preflight and docs/vcenter-access.md all use this.
 *
 * Sources: the privileges of CNS are those of the vSphere CSI driver's prerequisites (docs/book/driver-deployment), those of a
 * clone are in "Required vSphere Privileges for Common Tasks", and each method's own in the vSphere Web Services API.
 */

/** An account: the one that clones, that of vSphere's cloud provider, that of its CSI driver. */
export type Account = "provisioner" | "cloudProvider" | "csi";

/** A kind of object on which a role is bound. */
export type Place =
  | "vcenter"
  | "datacenter"
  | "folder"
  | "cluster"
  | "pool"
  | "datastore"
  | "volumes"
  | "network"
  | "template";

/** A privilege by its name in the API, and what needs it. */
export interface Privilege {
  id: string;
  reason: string;
  /** Key of `vsphere` that makes the privilege necessary. Default: it is always necessary. */
  onlyWith?: "tags" | "separateHosts";
}

/** Privileges of a role on one kind of object. */
export interface Grant {
  place: Place;
  /** Whether it also applies to the objects below. */
  propagate: boolean;
  reason: string;
  /** Empty for what every role has: System.Anonymous, System.Read, System.View. */
  privileges: readonly Privilege[];
}

/** A role: the sum of its grants' privileges. */
export interface Role {
  name: string;
  account: Account;
  /** Every vCenter has it, so infra does not create it. @default false */
  builtIn?: boolean;
  grants: readonly Grant[];
}

const because =
  (reason: string) =>
  (...ids: string[]): Privilege[] =>
    ids.map((id) => ({ id, reason }));

const onlyWith = (key: "tags" | "separateHosts", ...ids: string[]): Privilege[] =>
  ids.map((id) => ({ id, reason: `vsphere.${key}`, onlyWith: key }));

/** Sees everything in the datacenter and changes nothing. A nearer role replaces it. */
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
          ...onlyWith(
            "tags",
            "InventoryService.Tagging.AttachTag",
            "InventoryService.Tagging.CreateCategory",
            "InventoryService.Tagging.CreateTag",
            "InventoryService.Tagging.DeleteCategory",
            "InventoryService.Tagging.DeleteTag",
            "InventoryService.Tagging.EditCategory",
            "InventoryService.Tagging.EditTag",
          ),
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
          ...onlyWith("tags", "InventoryService.Tagging.ObjectAttachable"),
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
        reason: "has the machines' disks",
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
    name: "provisioner-clusters",
    account: "provisioner",
    grants: [
      {
        place: "cluster",
        propagate: false,
        reason: "has the DRS rules that keep machines on different hosts",
        privileges: onlyWith("separateHosts", "Host.Inventory.EditCluster"),
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
        reason: "volumes are created there; the driver skips a datastore without this role",
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

/** What the account that runs infra needs in addition, if `vsphere.manageAccess` lets infra create and bind roles. */
export const MANAGES_ACCESS: Grant = {
  place: "vcenter",
  propagate: true,
  reason: "makes the roles and gives them to the accounts",
  privileges: [
    ...because("roles")("Authorization.ModifyRoles"),
    ...because("permissions")("Authorization.ModifyPermissions"),
  ],
};
