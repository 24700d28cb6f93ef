import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import * as vsphere from "@pulumi/vsphere";

import type { Environment } from "../../environment/schema";
import {
  type Binding,
  bindings,
  roleName,
  rolePrivileges,
  rolesOf,
  userOf,
} from "../../vcenter/roleBindings";
import { permissionRequest, vcenterRequest } from "./permissions";

/** The site whose rights are created, and the account that creates them. */
export interface AccessArgs {
  environment: Pick<Environment, "vsphere" | "zones" | "kubernetes">;
  /** Password of `environment.vsphere.user`, an administrator. */
  password: pulumi.Input<string>;
  /** The machines' folder. Rights are bound on it once it exists. */
  folder: vsphere.Folder;
  /** Which of the permissions are there now, in the order of `bindings`. */
  given: readonly boolean[];
}

/**
 * The roles of a site, and the permissions that give them to the accounts of the cloud provider and the CSI driver. The
 * provisioner's roles are created and not bound, for the account that takes over from the administrator.
 *
 * A command binds permissions. The provider's resource for them owns the whole list of an entity: after a refresh it also holds what
 * others have bound there, and the next update removes that. The command knows the permission of one account. It has no refresh, so
 * every preview asks whether a permission was removed by hand (permissions.ts), and shows that as an update.
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
    bindings(environment).forEach((binding, index) =>
      this.bind(binding, args.given[index], roles.get(binding.role), args),
    );
    this.registerOutputs({});
  }

  private bind(
    binding: Binding,
    isGiven: boolean,
    made: vsphere.Role | undefined,
    { environment, password, folder }: AccessArgs,
  ): void {
    const { account, role, entity } = binding;
    const { kind, name } = entity;
    const request = pulumi.all([password, made?.id ?? role]).apply(([secret, id]) =>
      JSON.stringify({
        ...vcenterRequest(environment, secret),
        ...permissionRequest(binding, environment, id),
      }),
    );
    new local.Command(
      ["access", account, kind, ...(kind === "datastore" ? [name] : [])].join("-"),
      {
        create: "vcenter-access grant",
        delete: "vcenter-access revoke",
        stdin: pulumi.secret(request),
        // A change of these is another permission: the new one is given, then the old one is removed.
        triggers: [userOf(account, environment), made?.id ?? role, kind, name],
        // If the permission is missing, because it was never given or because it was removed, a value must differ from the
        // state, so that the permission is given. If it is there, there is no such value.
        environment: isGiven ? undefined : { MISSING_AT: new Date().toISOString() },
        logging: local.Logging.None,
        addPreviousOutputInEnv: false,
      },
      {
        parent: this,
        dependsOn: [folder, ...(made === undefined ? [] : [made])],
        ignoreChanges: isGiven ? ["environment"] : [],
      },
    );
  }
}
