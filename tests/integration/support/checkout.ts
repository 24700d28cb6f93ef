import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { execa } from "execa";
import { parse, stringify } from "yaml";

import { checkout, toolchain } from "../../../lib/paths";
import { type Finished, passphrase, password, type Site } from "./vcenter";

/** The content of an environment's file; a test may spoil what it likes. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests reach deep into raw configuration and spoil it
export type Config = Record<string, any>;

const SECRETS = ["vsphere:password", "cluster:cloudProviderPassword", "cluster:csiPassword"];

/**
 * A copy of the compiled programs with an environment file of its own, for what stands behind `make`: those commands read the
 * file beside them. The environment is that of the lab without its lab, and its addresses are turned to the loopback network
 * (loopback.ts): no test depends on what is behind the machine's routes.
 */
export class Checkout {
  private readonly root: string;
  /** Encrypted, by password. */
  private readonly encrypted = new Map<string, unknown>();

  constructor(private readonly site: Site) {
    this.root = site.path("checkout");
  }

  /** Copies the programs. After the site is started. */
  prepare(): void {
    for (const path of ["dist", "package.json", "policies", "Pulumi.yaml"]) {
      cpSync(join(checkout, path), join(this.root, path), { recursive: true });
    }
    for (const project of ["infra", "cluster", "apps"]) {
      mkdirSync(join(this.root, project));
      cpSync(join(checkout, project, "Pulumi.yaml"), join(this.root, project, "Pulumi.yaml"));
    }
    symlinkSync(join(checkout, "node_modules"), join(this.root, "node_modules"));
    symlinkSync(toolchain, join(this.root, ".toolchain"));
  }

  /** Runs a command of `make`, such as `preflight`, on the environment as `edit` leaves it. */
  async run(
    command: string,
    edit: (config: Config) => void = () => undefined,
    options: {
      trusted?: boolean;
      passwords?: Record<string, string>;
      backend?: string;
      /** Name or path of a backup. */
      from?: string;
    } = {},
  ): Promise<Finished> {
    await this.write(edit, options.passwords ?? {});
    const from = options.from === undefined ? [] : ["--from", options.from];
    const args = [join(this.root, "dist/operations/cli.js"), command, "--stack", "infra", ...from];
    return this.execute(process.execPath, args, options);
  }

  /** Runs one command of the engine in the folder of infra, on the same file as the last `run`. */
  async pulumi(...args: string[]): Promise<Finished> {
    return this.execute("pulumi", [...args, "--stack", "dev"], {});
  }

  private async execute(
    file: string,
    args: string[],
    { trusted = true, backend }: { trusted?: boolean; backend?: string },
  ): Promise<Finished> {
    const { exitCode, all } = await execa(file, args, {
      cwd: join(this.root, "infra"),
      env: {
        ...this.site.variables(trusted),
        ...(backend === undefined ? {} : { PULUMI_BACKEND_URL: `file://${backend}` }),
        XDG_STATE_HOME: this.site.path("home"),
        YES: "1",
        NODE_OPTIONS: `--require=${join(this.root, "dist/tests/integration/support/loopback.js")}`,
        SSL_CERT_FILE: trusted ? this.site.path("bundle.crt") : undefined,
      },
      reject: false,
      all: true,
      stdin: "ignore",
      timeout: 180_000,
    });
    return { exitCode, output: all };
  }

  private async write(
    edit: (config: Config) => void,
    passwords: Record<string, string>,
  ): Promise<void> {
    const content = parse(readFileSync(join(checkout, "Pulumi.dev.yaml"), "utf8")) as {
      config: Config;
    };
    const { config } = content;
    delete config["lab:passphrase"];
    config["site:vsphere"].server = this.site.address;
    edit(config);
    const file = join(this.root, "Pulumi.dev.yaml");
    for (const key of SECRETS) {
      const secret = passwords[key] ?? password;
      if (!this.encrypted.has(secret)) {
        writeFileSync(file, stringify(content));
        await this.encrypt(secret, file);
      }
      config[key] = this.encrypted.get(secret);
    }
    writeFileSync(file, stringify(content));
  }

  private async encrypt(secret: string, file: string): Promise<void> {
    const options = {
      cwd: join(this.root, "infra"),
      env: { ...this.site.variables(true), PULUMI_CONFIG_PASSPHRASE: passphrase },
    };
    const select = ["--stack", "dev"];
    await execa("pulumi", ["stack", "select", "--create", ...select], options);
    await execa("pulumi", ["config", "set", "--secret", "a:secret", ...select], {
      ...options,
      input: secret,
    });
    const { config } = parse(readFileSync(file, "utf8")) as { config: Config };
    this.encrypted.set(secret, config["a:secret"]);
  }
}
