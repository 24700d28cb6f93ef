import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import { type VcenterPassword, vcenterPasswordContract } from "../environment/contracts";
import type { Environment } from "../environment/schema";
import { passwordWarning } from "../environment/vcenterPasswords";

/** A password with which this stack calls the vCenter. */
export interface VcenterPasswordArgs {
  user: string;
  /** Its key in the configuration. */
  key: string;
  /** Secret. */
  password: pulumi.Output<string>;
  vsphere: Pick<Environment["vsphere"], "passwordLifetimeDays">;
}

/**
 * Records since when the stack uses a password, and warns before the vCenter stops taking it: nobody without an administrator's rights can
 * ask a vCenter how old a password is. It is a command that prints the time, once for each password. Its secret trigger is
 * the password, which it does not get.
 *
 * @param name - `<account>-password-since`.
 */
export function vcenterPassword(
  name: string,
  { user, key, password, vsphere: { passwordLifetimeDays } }: VcenterPasswordArgs,
): pulumi.Output<VcenterPassword> {
  const { stdout } = new local.Command(name, {
    create: "date -u +%Y-%m-%dT%H:%M:%SZ",
    triggers: [user, pulumi.secret(password)],
    logging: local.Logging.None,
    addPreviousOutputInEnv: false,
  });
  return pulumi.unsecret(stdout).apply((printed) => {
    const used = vcenterPasswordContract.parse({
      ...{ user, key, since: printed.trim() },
      ...(passwordLifetimeDays === undefined ? {} : { lifetimeDays: passwordLifetimeDays }),
    });
    const warning = passwordWarning(used, new Date());
    if (warning !== undefined) {
      void pulumi.log.warn(warning);
    }
    return used;
  });
}
