import type { Environment } from "../environment/schema";
import { quote } from "../lib/bash";
import { table } from "../lib/table";
import {
  bindings,
  type Entity,
  parentFolder,
  roleName,
  rolePrivileges,
  rolesOf,
  userOf,
} from "./roleBindings";
import { type Account, MANAGES_ACCESS, type Place, ROLES } from "./roles";

type Site = Pick<Environment, "vsphere" | "zones" | "kubernetes">;

/** Names of the accounts for people. */
const ACCOUNTS: Record<Account, string> = {
  provisioner: "provisioner",
  cloudProvider: "cloud provider",
  csi: "CSI driver",
};

const PLACES: Record<Place, string> = {
  vcenter: "vCenter (the root of the inventory)",
  datacenter: "datacenter",
  folder: "folder above the machines' folder",
  cluster: "compute cluster of each zone",
  pool: "resource pool, or the root pool of the cluster",
  datastore: "datastore of the machines",
  volumes: "each datastore for volumes",
  network: "port group of each zone",
  template: "template",
};

/** The permissions of a site and its roles, for an administrator. */
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

/** The same as commands of govc. An administrator runs them once if infra does not manage access. */
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
  return rolesOf(site)
    .filter(({ builtIn }) => !builtIn)
    .map((role) => ({
      name: roleName(role, site),
      privileges: rolePrivileges(role),
    }));
}

/** The form in which permissions name a user. */
function principal(user: string): string {
  const [name, domain] = user.split("@");
  return domain === undefined ? user : `${domain.toUpperCase()}\\${name}`;
}

/** Path of an object in the inventory. A name that is a path stays as it is. */
function inventoryPath({ kind, name }: Entity, { vsphere: { datacenter } }: Site): string {
  switch (kind) {
    case "vcenter":
      return "/";
    case "datacenter":
      return `/${datacenter}`;
    case "folder":
      return name;
    case "cluster":
    case "pool":
      return `/${datacenter}/host/${name}`;
    case "datastore":
    case "network":
      return `/${datacenter}/${kind}/${name}`;
    case "virtualMachine":
      return `/${datacenter}/vm/${name}`;
  }
}

const INTRODUCTION = `# Accounts and rights in the vCenter

A site has three accounts. None of them is an administrator. Each does one thing, and has its own password.

| account | user in | password in | does |
| --- | --- | --- | --- |
| provisioner | \`site:vsphere.user\` | \`vsphere:password\`, set in \`infra\` | clones, changes and removes the site's machines |
| cloud provider | \`site:vsphere.accounts.cloudProvider\` | \`cluster:cloudProviderPassword\`, set in \`cluster\` | reads which machine a node is, and whether the machine still exists |
| CSI driver | \`site:vsphere.accounts.csi\` | \`cluster:csiPassword\`, set in \`cluster\` | creates volumes and attaches them to the site's machines |

Passwords are encrypted configuration: \`pulumi config set --secret <key>\`. The cluster knows only the last two passwords, so an attacker who
takes the cluster over can neither remove machines nor touch other machines.

## How to grant the privileges

1. Create the three users in the vCenter's single sign-on.
2. Run \`make access ENV=prd\`. It prints the roles, privileges and objects of an environment, with the names it uses, and the same as
   govc commands. An administrator runs these once. \`make access\` needs only the environment's file.
3. Run \`make preflight ENV=prd\`. It asks the vCenter, and names each privilege that is missing, with its account and its object.
   \`make up\` does the same by itself before it creates machines.

Choose a path of two parts for \`site:vsphere.folder\`, such as \`kubernetes/prd\`: the administrator creates the upper folder and binds
the roles there, infra creates the lower one. With a path of one part the roles must be bound on the datacenter's own VM folder, and
reach every machine in it.

With \`site:vsphere.manageAccess: true\` the stack infra creates the roles and binds them to the last two accounts, on its own folder
rather than above it. Then its own account is an administrator, and gets no permission: a permission on an object replaces the inherited
one. infra changes only the permissions of its accounts; what others have bound on the same objects stays. If an administrator removes one
of these permissions by hand, a preview of infra shows it as an update, with the time at which it was missing, and \`up\` grants it again.
The preflight names it too.

A permission applies to its object and, if it propagates, to everything below, unless a nearer one for the same account replaces it.
Role names begin with the name of the cluster.

Left out on purpose: privileges to customize guests (cloud-init configures the machines), to create machines without a template, and
\`Host.Config.Storage\`, which only file volumes on vSAN need.`;

const PASSWORDS = `## How to change a password

A vCenter's single sign-on lets passwords expire, after 90 days unless its policy was changed. With \`site:vsphere.passwordLifetimeDays\`
\`make status\` shows when the password of each account ends, and fails in its last 14 days; every \`up\` and preview warns then too. An
account like these cannot ask how old its password is, so the days are counted from the first \`up\` that used it: a password that was made
long before ends sooner. Without the key passwords count as never expiring.

Change one account after the other. First the vCenter, then the site, and both within minutes: whoever logs in with the wrong password
again and again is locked out by the single sign-on for a while, and the pods of the site do.

1. In the vCenter's single sign-on, give the account its new password.
2. Set it here, from the folder of the table above: \`pulumi config set --secret <key>\`.
3. \`make up\`. For the provisioner's, run \`make preflight\` before: it names a password that the vCenter refuses.

| account | meanwhile | what \`make up\` does |
| --- | --- | --- |
| provisioner | the site does not use it | the plugin logs in with it; no machine is touched |
| cloud provider | its session goes on; a pod that restarts cannot log in, and then a new node gets no pods and no providerID | changes the Secret and restarts the cloud controller managers one by one, since they read it once |
| CSI driver | its session goes on; volumes that are attached stay as they are | changes the Secret; the controller logs in again as soon as the kubelet has brought it there, about a minute later, without a restart |

No application is restarted. The vCenter takes the former password no more from step 1 on.

The provisioner's and the cloud provider's are tried on the lab (\`make drills\`), the CSI driver's with the real driver's controller against
the simulated vCenter (the suite \`CSI driver\` of \`make test\`): a volume is made and attached after it. Not tried: a real vCenter.`;

/** docs/vcenter-access.md: the accounts, every role, what it allows and why, and where it is bound. */
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
    "<!-- Generated from vcenter/roles.ts by vcenter/rolesDocument.ts; `make goldens` writes it. -->",
    INTRODUCTION,
    PASSWORDS,
    "## Where each role is bound",
    markdown(["account", "role", "on", "propagates", "because"], permissions),
    "## What each role allows",
    "Every vCenter has `ReadOnly`. The other roles have the privileges below, and those that every role has. A privilege for a key of " +
      "`vsphere` is left out where an environment does not set the key, and so is a role that then has none.",
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
    "",
  ]
    .join("\n\n")
    .replace(/\n+$/, "\n");
}

function markdown(header: string[], rows: string[][]): string {
  const line = (cells: string[]): string => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}
