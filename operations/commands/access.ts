import { readEnvironmentFile } from "../../apps/environment";
import { checkout } from "../../lib/paths";
import { accessCommands, accessTables } from "../../vcenter/rolesDocument";

/**
 * Prints who needs which rights in the vCenter of an environment: tables, then the commands that give them. It needs no
 * passphrase and asks no vCenter, so that it can be handed to whoever administers one.
 */
export function access(environment: string): void {
  const site = readEnvironmentFile(environment, { directory: checkout });
  console.log(`${accessTables(site)}\n`);
  console.log(
    site.vsphere.manageAccess
      ? `The stack infra makes these roles and permissions itself (site:vsphere.manageAccess): ${site.vsphere.user} has to be an administrator.`
      : [
          "# The users are made in the vCenter's single sign-on first. Then, with GOVC_URL and GOVC_USERNAME of an administrator:",
          ...accessCommands(site),
        ].join("\n"),
  );
}
