import * as pulumi from "@pulumi/pulumi";

import type { BackupArgs } from "./args";

/** Saves an application by the clock and by hand, and restores it by hand. */
export class Backup extends pulumi.ComponentResource {
  constructor(name: string, args: BackupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:apps:Backup", name, {}, opts);
    void args;
    this.registerOutputs({});
  }
}
