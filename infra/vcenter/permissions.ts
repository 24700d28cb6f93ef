import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import type { Environment } from "../../environment/schema";
import { programsOnPath } from "../../lib/programsOnPath";
import { essence, Refusal } from "../../pulumi/refusal";
import { type Binding, bindings, userOf } from "../../vcenter/roleBindings";

type Site = Pick<Environment, "vsphere" | "zones" | "kubernetes">;

/** Our program that the commands of these resources run by its name (vcenter/access-tool). */
const HELPER = "vcenter-access";

/** How vcenter-access reaches the vCenter. Holds the password. */
export function vcenterRequest({ vsphere }: Pick<Site, "vsphere">, password: string) {
  const { server, insecure, thumbprint, user, datacenter } = vsphere;
  return { vcenter: { server, insecure, thumbprint, user, password }, datacenter };
}

/** The same of one permission. @param role - Name of the role, or its id. */
export function permissionRequest({ account, grant, entity }: Binding, site: Site, role: string) {
  const { kind, name } = entity;
  return {
    entity: { kind, name },
    user: userOf(account, site),
    role,
    propagate: grant.propagate,
  };
}

/**
 * Asks which of the permissions of `bindings` the vCenter has now, in their order. The engine's state cannot tell, because a command
 * has no refresh.
 *
 * @throws Refusal when the vCenter does not say, or the program that asks it is missing.
 */
export async function givenPermissions(
  site: Site,
  password: pulumi.Output<string>,
): Promise<boolean[]> {
  const secret = await new Promise<string>((resolve) => {
    password.apply(resolve);
  });
  const permissions = bindings(site).map((binding) =>
    permissionRequest(binding, site, binding.role),
  );
  try {
    const { stdout } = await local.run({
      command: `${HELPER} granted`,
      stdin: JSON.stringify({ ...vcenterRequest(site, secret), permissions }),
      logging: local.Logging.None,
      addPreviousOutputInEnv: false,
    });
    return JSON.parse(stdout) as boolean[];
  } catch (error) {
    throw new Refusal(
      `The vCenter ${site.vsphere.server} does not say which permissions it has: ${essence(error)}\n` +
        `Nothing was created or changed. ${remedy()}`,
    );
  }
}

/** What to do. `make` has the program on its PATH, plain `pulumi` may not. */
function remedy(): string {
  return programsOnPath(HELPER).length > 0
    ? "Mend the cause and run the same command again."
    : `${HELPER}, which asks, is not on this machine's PATH, and site:vsphere.manageAccess needs it.\n` +
        "Build it with Go into a folder that is on PATH:\n" +
        `  go build -C vcenter/access-tool -o ~/.local/bin/${HELPER} .\n` +
        "or set manageAccess to false, and have an administrator do once what make access prints.";
}
