import {
  bindings,
  MANAGES_ACCESS,
  parentFolder,
  roleName,
  rolePrivileges,
  ROLES,
  userOf,
  type Account,
  type Entity,
  type Place,
} from "../environment/access";
import type { Environment } from "../environment/schema";
import { quote } from "../remote/shell";
import { table } from "./table";

type Site = Pick<Environment, "vsphere" | "zones" | "kubernetes">;

/** What people call the accounts. */
const ACCOUNTS: Record<Account, string> = {
  provisioner: "provisioner",
  cloudProvider: "cloud provider",
  csi: "CSI driver",
};

const PLACES: Record<Place, string> = {
  vcenter: "vCenter (the root of the inventory)",
  datacenter: "datacenter",
  folder: "folder above the machines' folder",
  pool: "resource pool, or the root pool of the cluster",
  datastore: "datastore of the machines",
  volumes: "each datastore for volumes",
  network: "port group of each zone",
  template: "template",
};

/** The permissions of a site and its roles, for an administrator's eyes. */
export function accessTables(site: Site): string {
  const permissions = bindings(site).map((binding) => [
    userOf(binding.account, site) ?? "",
    binding.role,
    inventoryPath(binding.entity, site),
    binding.grant.propagate ? "yes" : "no",
  ]);
  const roles = madeRoles(site).flatMap(({ name, privileges }) =>
    privileges.map((privilege, index) => [index === 0 ? name : "", privilege]),
  );
  return [
    table(["ACCOUNT", "ROLE", "ON", "PROPAGATES"], permissions),
    table(["ROLE", "PRIVILEGES"], roles),
  ].join("\n\n");
}

/** The same as commands of govc, which an administrator runs once where infra does not manage access. */
export function accessCommands(site: Site): string[] {
  const parent = parentFolder(site).name;
  const isNested = site.vsphere.folder.includes("/");
  const words = (...all: string[]): string => all.map(quote).join(" ");
  return [
    ...(isNested ? [`govc folder.create ${words(parent)}`] : []),
    ...madeRoles(site).map(
      ({ name, privileges }) => `govc role.create ${words(name, ...privileges)}`,
    ),
    ...bindings(site).map(({ account, role, grant, entity }) => {
      const whose = words("-principal", principal(userOf(account, site) ?? ""), "-role", role);
      return `govc permissions.set ${whose} -propagate=${grant.propagate} ${words(inventoryPath(entity, site))}`;
    }),
  ];
}

function madeRoles(site: Site): { name: string; privileges: string[] }[] {
  return ROLES.filter(({ builtIn }) => !builtIn).map((role) => ({
    name: roleName(role, site),
    privileges: rolePrivileges(role),
  }));
}

/** The form in which permissions name a user. */
function principal(user: string): string {
  const [name, domain] = user.split("@");
  return domain === undefined ? user : `${domain.toUpperCase()}\\${name}`;
}

/** Where an object stands in the inventory; names with a path of their own keep it. */
function inventoryPath({ kind, name }: Entity, { vsphere: { datacenter } }: Site): string {
  switch (kind) {
    case "vcenter":
      return "/";
    case "datacenter":
      return `/${datacenter}`;
    case "folder":
      return name;
    case "pool":
      return `/${datacenter}/host/${name}`;
    case "datastore":
    case "network":
      return `/${datacenter}/${kind}/${name}`;
    case "virtualMachine":
      return `/${datacenter}/vm/${name}`;
  }
}

/** The tables of docs/vcenter-access.md: every role, what it allows and why, and where it is bound. */
export function accessDocument(): string {
  const permissions = ROLES.flatMap(({ name, account, grants }) =>
    grants.map(({ place, propagate, reason }) => [
      ACCOUNTS[account],
      `\`${name}\``,
      PLACES[place],
      propagate ? "yes" : "no",
      reason,
    ]),
  );
  const privileges = ROLES.flatMap(({ name, grants }) =>
    grants.flatMap((grant) =>
      grant.privileges.map(({ id, reason }) => [`\`${name}\``, `\`${id}\``, reason]),
    ),
  );
  return [
    "## Where each role is bound",
    markdown(["account", "role", "on", "propagates", "because"], permissions),
    "## What each role allows",
    "`ReadOnly` comes with every vCenter. The others have the privileges below, and those that every role has.",
    markdown(["role", "privilege", "for"], privileges),
    "## What the administrator needs with `manageAccess`",
    markdown(
      ["on", "privilege", "for"],
      MANAGES_ACCESS.privileges.map(({ id, reason }) => [
        PLACES[MANAGES_ACCESS.place],
        `\`${id}\``,
        reason,
      ]),
    ),
  ].join("\n\n");
}

function markdown(header: string[], rows: string[][]): string {
  const line = (cells: string[]): string => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}
