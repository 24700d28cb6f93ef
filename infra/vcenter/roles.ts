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

/** Whose rights are made, and by whom. */
export interface AccessArgs {
  environment: Pick<Environment, "vsphere" | "zones" | "kubernetes">;
  /** Password of `environment.vsphere.user`, an administrator. */
  password: pulumi.Input<string>;
  /** The machines' folder: rights are bound on it once it is there. */
  folder: vsphere.Folder;
  /** Which of the permissions are there now, in the order of `bindings`. */
  given: readonly boolean[];
}

/**
 * The roles of a site, and the permissions that give them to the accounts of the cloud provider and the CSI driver. The
 * provisioner's roles are made and bound to nobody, for the account that takes over from the administrator.
 *
 * Permissions are bound by a command. The provider's resource for them stands for the whole list of an entity: after a refresh
 * it holds what others have bound there, and takes it away with the next update. The command knows one account's permission. It
 * has no refresh: what somebody has taken away by hand every preview finds out by asking (permissions.ts), and shows as an update.
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
        // Another one of these is another permission: the new one is given, then the old one taken away.
        triggers: [userOf(account, environment), made?.id ?? role, kind, name],
        // Where the permission is missing, whether it was never given or was taken away, something has to differ from what the
        // state has, so that it is given; where it is there, this says nothing.
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
