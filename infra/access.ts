import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import * as vsphere from "@pulumi/vsphere";

import {
  bindings,
  roleName,
  rolePrivileges,
  rolesOf,
  userOf,
  type Binding,
} from "../environment/access";
import type { Environment } from "../environment/schema";

/** Whose rights are made, and by whom. */
export interface AccessArgs {
  environment: Pick<Environment, "vsphere" | "zones" | "kubernetes">;
  /** Password of `environment.vsphere.user`, an administrator. */
  password: pulumi.Input<string>;
  /** The machines' folder: rights are bound on it once it is there. */
  folder: vsphere.Folder;
}

/**
 * The roles of a site, and the permissions that give them to the accounts of the cloud provider and the CSI driver. The
 * provisioner's roles are made and bound to nobody, for the account that takes over from the administrator.
 *
 * Permissions are bound by a command. The provider's resource for them stands for the whole list of an entity: after a refresh
 * it holds what others have bound there, and takes it away with the next update. The command knows one account's permission.
 * Children: `access-<role>`, `access-<account>-<kind>[-<name>]`.
 */
export class Access extends pulumi.ComponentResource {
  constructor(args: AccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:infra:Access", "access", {}, opts);
    const { environment } = args;
    const roles = new Map(
      rolesOf(environment)
        .filter(({ builtIn }) => !builtIn)
        .map((role) => {
          const name = roleName(role, environment);
          const made = new vsphere.Role(
            `access-${role.name}`,
            { name, rolePrivileges: rolePrivileges(role) },
            { parent: this },
          );
          return [name, made] as const;
        }),
    );
    for (const binding of bindings(environment)) {
      this.bind(binding, roles.get(binding.role), args);
    }
    this.registerOutputs({});
  }

  private bind(
    { account, role, grant, entity }: Binding,
    made: vsphere.Role | undefined,
    { environment, password, folder }: AccessArgs,
  ): void {
    const { server, insecure, thumbprint, user, datacenter } = environment.vsphere;
    const { kind, name } = entity;
    const request = pulumi.all([password, made?.id ?? role]).apply(([secret, id]) =>
      JSON.stringify({
        vcenter: { server, insecure, thumbprint, user, password: secret },
        datacenter,
        entity: { kind, name },
        user: userOf(account, environment),
        role: id,
        propagate: grant.propagate,
      }),
    );
    new local.Command(
      ["access", account, kind, ...(kind === "datastore" ? [name] : [])].join("-"),
      {
        create: "vcenter-access grant",
        delete: "vcenter-access revoke",
        stdin: pulumi.secret(request),
        // Another one of these is another permission: the new one is given, then the old one taken away.
        triggers: [userOf(account, environment), made?.id ?? role, kind, name],
        logging: local.Logging.None,
        addPreviousOutputInEnv: false,
      },
      { parent: this, dependsOn: [folder, ...(made === undefined ? [] : [made])] },
    );
  }
}
