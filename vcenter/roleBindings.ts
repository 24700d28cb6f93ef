import type { Environment } from "../environment/schema";
import { type Named, placement } from "./placement";
import { type Account, type Grant, type Place, type Privilege, type Role, ROLES } from "./roles";

/** The roles of roles.ts in one environment: their names, the objects that they are bound on, and their accounts. */

/** Warning of every command that does not verify the vCenter's certificate. */
export const INSECURE_WARNING =
  "The vCenter's certificate is not verified (site:vsphere.insecure): whoever stands between can read its passwords. " +
  "Trust its authority by SSL_CERT_FILE instead.";

type Site = Pick<Environment, "vsphere" | "zones" | "kubernetes">;

/** An object in the vCenter, as govmomi's finder looks for it: by a name within the datacenter, or a whole path. */
export interface Entity {
  kind:
    | "vcenter"
    | "datacenter"
    | "cluster"
    | "pool"
    | "folder"
    | "datastore"
    | "network"
    | "virtualMachine";
  /** Empty for the vCenter itself. */
  name: string;
  /** Configuration key that names it. */
  key: string;
}

/** A storage policy: it belongs to the whole vCenter, and nothing is bound on it. */
export interface Policy extends Omit<Entity, "kind"> {
  kind: "policy";
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

/** The roles that an environment needs, without privileges that it does not need. */
export function rolesOf({ vsphere }: Pick<Site, "vsphere">): Role[] {
  const used = { tags: vsphere.tags.length > 0, separateHosts: vsphere.separateHosts };
  const isUsed = ({ onlyWith }: Privilege): boolean => onlyWith === undefined || used[onlyWith];
  return ROLES.map((role) => ({
    ...role,
    grants: role.grants
      .map((grant) => ({ ...grant, privileges: grant.privileges.filter(isUsed) }))
      .filter(
        ({ privileges }, index) =>
          privileges.length > 0 || role.grants[index].privileges.length === 0,
      ),
  })).filter(({ grants }) => grants.length > 0);
}

/** Name of a role in the vCenter. It contains the cluster's name, because a vCenter may serve several clusters. */
export function roleName(role: Role, { kubernetes }: Pick<Site, "kubernetes">): string {
  return role.builtIn ? role.name : `${kubernetes.clusterName}-${role.name}`;
}

/** The privileges of a role, in alphabetical order. */
export function rolePrivileges({ grants }: Role): string[] {
  return [...new Set(grants.flatMap(({ privileges }) => privileges.map(({ id }) => id)))].sort();
}

/** The folder of the machines. */
export function machineFolder({ vsphere }: Pick<Site, "vsphere">): Entity {
  const name = `/${vsphere.datacenter}/vm/${vsphere.folder}`;
  return { kind: "folder", name, key: "vsphere.folder" };
}

/** The folder above the machines' folder. It must exist before infra creates the machines' folder. */
export function parentFolder(site: Pick<Site, "vsphere">): Entity {
  const { name, ...folder } = machineFolder(site);
  return { ...folder, name: name.slice(0, name.lastIndexOf("/")) };
}

/** The objects of a place. */
export function entitiesAt(place: Place, site: Site): Entity[] {
  const { vsphere, zones } = site;
  const places = Object.entries(zones).map(([zone, own]) => placement(vsphere, zone, own));
  switch (place) {
    case "vcenter":
      return [{ kind: "vcenter", name: "", key: "vsphere.server" }];
    case "datacenter":
      return [{ kind: "datacenter", name: vsphere.datacenter, key: "vsphere.datacenter" }];
    case "folder":
      return [machineFolder(site)];
    case "cluster":
      return each(
        "cluster",
        places.map(({ cluster }) => cluster),
      );
    case "pool":
      return each(
        "pool",
        places.map(({ cluster, resourcePool }) =>
          resourcePool === undefined
            ? { name: `${cluster.name}/Resources`, key: cluster.key }
            : { name: `${cluster.name}/Resources/${resourcePool.name}`, key: resourcePool.key },
        ),
      );
    case "datastore":
      return each(
        "datastore",
        places.map(({ datastore }) => datastore),
      );
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
      return each(
        "network",
        places.map(({ portGroup }) => portGroup),
      );
    case "template":
      return [{ kind: "virtualMachine", name: vsphere.template, key: "vsphere.template" }];
  }
}

/** The storage policies with which the CSI driver creates volumes. */
export function policiesOf({
  volumes,
  storageClasses,
}: Pick<Environment, "volumes" | "storageClasses">): Policy[] {
  return volumes.provisioner !== "vsphere-csi"
    ? []
    : each(
        "policy",
        storageClasses.flatMap(({ parameters: { storagepolicyname: name } }, index) =>
          name === undefined
            ? []
            : [{ name, key: `storageClasses[${index}].parameters.storagepolicyname` }],
        ),
      );
}

/** Each object once, by the first key that names it. */
function each<Kind extends string>(
  kind: Kind,
  named: readonly Named[],
): { kind: Kind; name: string; key: string }[] {
  const keys = new Map([...named].reverse().map(({ name, key }) => [name, key]));
  return [...new Set(named.map(({ name }) => name))].map((name) => ({
    kind,
    name,
    key: keys.get(name) ?? "",
  }));
}

/** The user of an account. Undefined if the environment has no such account. */
export function userOf(account: Account, { vsphere }: Pick<Site, "vsphere">): string | undefined {
  return account === "provisioner" ? vsphere.user : vsphere.accounts?.[account];
}

/**
 * Every permission that the site needs, on the objects that the environment names.
 *
 * An administrator gives them before infra has created the machines' folder, and so binds those for this folder on the folder above.
 * If infra manages access, it binds on the folder itself. Its own account is an administrator's and gets no permission: a nearer
 * permission would replace the one that it has from above.
 */
export function bindings(site: Site): Binding[] {
  const { manageAccess } = site.vsphere;
  const isGiven = ({ account }: Role): boolean =>
    userOf(account, site) !== undefined && !(manageAccess && account === "provisioner");
  return rolesOf(site)
    .filter(isGiven)
    .flatMap((role) =>
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
