import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

import { execa } from "execa";

import { CRD_MANIFEST } from "../apps/ingress/crdManifest";
import { checkout, toolchain } from "../lib/paths";

/** Programs that are not on every machine with pulumi. */
export type Program = "kubectl" | "vcenter-access";
const PROGRAMS: readonly Program[] = ["kubectl", "vcenter-access"];

/** How a command ended, and all it printed. */
export interface Ended {
  exitCode: number | undefined;
  output: string;
}

/**
 * A machine on which nothing of this project was ever built: a fresh clone of HEAD without .toolchain, a home of its own, and pulumi, its
 * plugins and kubectl where the makers' installers put them. Copies of the built programs stand there, because the makers' own cannot
 * be had here.
 *
 * What npm ci would install is linked from the checkout, and so is the file that npm run build would fetch.
 */
export class PlainMachine {
  private readonly root = realpathSync(mkdtempSync(join(tmpdir(), "sitewright-plain-")));
  /** Its checkout. */
  readonly checkout = join(this.root, "site");

  /** @param compile - Whether `npm run build` runs; else what is compiled here is linked too, which takes less time. */
  async prepare({ compile }: { compile: boolean }): Promise<void> {
    await execa("git", ["clone", "--quiet", checkout, this.checkout]);
    for (const name of ["node_modules", "sdks", ...(compile ? [] : ["dist"])]) {
      await link(join(checkout, name), join(this.checkout, name));
    }
    const manifest = join(this.checkout, CRD_MANIFEST.path.slice(checkout.length));
    mkdirSync(dirname(manifest));
    copyFileSync(join(toolchain, "manifests", "traefik-crds.yaml"), manifest);
    for (const name of ["pulumi", "pulumi-language-nodejs"]) {
      await link(join(toolchain, "bin", name), join(this.root, "bin", name));
    }
    mkdirSync(join(this.root, "tmp"));
    symlinkSync(process.execPath, join(this.root, "bin", "node"));
    // The built language host starts another one that lies there.
    await link(join(toolchain, "libexec"), join(this.root, "libexec"));
    for (const name of PROGRAMS) {
      await link(join(toolchain, "bin", name), join(this.root, name, name));
    }
    // With the file in the place of Pulumi's own logs, which take more than half of its time (toolchain/modules/pulumi-home).
    for (const name of ["plugins", "logs"]) {
      await link(join(toolchain, "pulumi-home", name), join(this.root, "home", ".pulumi", name));
    }
    if (compile) {
      await execa("npm", ["run", "build"], { cwd: this.checkout });
    }
  }

  /**
   * Its environment variables.
   * @param without - Programs that it lacks. @default none
   */
  variables(without: readonly Program[] = []): Record<string, string> {
    // This machine may have some of them.
    const others = (process.env["PATH"] ?? "")
      .split(delimiter)
      .filter((folder) => without.every((name) => !existsSync(join(folder, name))));
    const programs = PROGRAMS.filter((name) => !without.includes(name));
    return {
      PATH: ["bin", ...programs]
        .map((name) => join(this.root, name))
        .concat(others)
        .join(delimiter),
      HOME: join(this.root, "home"),
      // Pulumi does not ask HOME, but the list of users.
      PULUMI_HOME: join(this.root, "home", ".pulumi"),
      // Plugins leave files behind, and one of them is the administrator's kubeconfig.
      TMPDIR: join(this.root, "tmp"),
      PULUMI_SKIP_UPDATE_CHECK: "true",
      // What is missing is a fault of the test, and is not looked for on the internet.
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    };
  }

  /**
   * Runs a program in a folder of the checkout.
   * @param variables - All that it gets.
   */
  async run(
    folder: string,
    program: string,
    args: readonly string[],
    variables: Record<string, string>,
    input?: string,
  ): Promise<Ended> {
    const { exitCode, all } = await execa(program, args, {
      cwd: join(this.checkout, folder),
      env: variables,
      extendEnv: false,
      reject: false,
      all: true,
      timeout: 600_000,
      ...(input === undefined ? { stdin: "ignore" as const } : { input }),
    });
    return { exitCode, output: all };
  }

  /** What git says of files that were changed or have appeared in its checkout. */
  async changedFiles(): Promise<string> {
    return (await execa("git", ["status", "--porcelain"], { cwd: this.checkout })).stdout;
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Puts hard links to a file or to the files of a folder at another place; copies where that is on another disk. */
async function link(from: string, to: string): Promise<void> {
  mkdirSync(dirname(to), { recursive: true });
  // A link in the place of the file itself would lead back into .toolchain.
  const source = realpathSync(from);
  const linked = await execa("cp", ["--archive", "--link", source, to], { reject: false });
  if (linked.failed) {
    rmSync(to, { recursive: true, force: true });
    await execa("cp", ["--archive", source, to]);
  }
}
