import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import { checkout, toolchain } from "../../../lib/paths";
import { engineVariables } from "../../../operations/engine/engine";
import { copyCheckout } from "../../integration/support/copiedCheckout";
import type { Edit } from "./environmentFile";
import { environment, type Finished, run, type RunOptions } from "./harness";

/**
 * A copy of the checkout in which the file of the environment under test is edited, as an operator edits it: the checkout itself stays
 * as it is, also when a test is killed. Commands in it work on the same site and the same states. `make up` of the checkout
 * reverts the edits.
 */
export class EditedCheckout {
  readonly folder = mkdtempSync(join(tmpdir(), "sitewright-edited-"));
  /** The file that is edited. */
  readonly file = join(this.folder, `Pulumi.${environment}.yaml`);

  constructor() {
    copyCheckout(this.folder);
    // Beside what is compiled, each has files that are read where they are; pulumi would follow a link out of the copy.
    for (const name of ["infra", "cluster", "apps", "policies"]) {
      cpSync(join(checkout, name), join(this.folder, name), { recursive: true });
    }
    for (const name of ["lab", "toolchain"]) {
      symlinkSync(join(checkout, name), join(this.folder, name));
    }
  }

  /** Edits the file, after the edits before. */
  edit(edit: Edit): void {
    writeFileSync(this.file, edit(readFileSync(this.file, "utf8")));
  }

  /** Takes all edits back. */
  revert(): void {
    writeFileSync(this.file, readFileSync(join(checkout, `Pulumi.${environment}.yaml`)));
  }

  /** Runs a command of `make` as it is edited: `up`, `status`, `preview`; without the build before it. */
  make(
    command: string,
    { stack, ...options }: RunOptions & { stack?: string } = {},
  ): Promise<Finished> {
    const cli = join(this.folder, "dist", "operations", "cli.js");
    const selected = stack === undefined ? [] : ["--stack", stack];
    const args = [cli, command, "--environment", environment, ...selected] as const;
    return run(`edited-${command}`, [process.execPath, ...args], this.folder, options);
  }

  /** Runs pulumi in the folder of a stack as it is edited, as an operator does by hand after `make env`. */
  pulumi(
    stack: "infra" | "cluster" | "apps",
    args: readonly string[],
    options: RunOptions = {},
  ): Promise<Finished> {
    const PATH = [join(toolchain, "bin"), process.env["PATH"] ?? ""].join(delimiter);
    return run(`pulumi-${stack}`, ["pulumi", ...args], join(this.folder, stack), {
      ...options,
      shell: { ...engineVariables(environment), PATH, ...options.shell },
    });
  }

  /** Removes the copy. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
