import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { rootCertificates } from "node:tls";

import { execa } from "execa";
import { parse, stringify } from "yaml";

import { checkout, toolchain } from "../../operations/paths";
import { selectProjects } from "../../operations/stacks";

const vcenter = join(toolchain, "lab", "vcenter");
/** Of every account of the vCenter. */
export const password = "integration";
/** That of Pulumi.dev.yaml, whose salt the copy keeps. */
export const passphrase = "lab";

/** How a command of the engine ended, and all it printed. */
export interface Finished {
  exitCode: number | undefined;
  output: string;
}

/**
 * A simulated vCenter on a port of its own, and an engine with a backend of its own, for one test
 * file. The inventory is the one that the development environment names; no machine gets a container,
 * since these tests end before one would be switched on.
 */
export class Site {
  private readonly scratch = mkdtempSync(join(tmpdir(), "sitewright-integration-"));
  private process: ChildProcess | undefined;

  /**
   * @param port - Where the vCenter listens on the loopback interface.
   * @param accounts - Those beside the administrator's; none has any rights.
   * @param templates - Those beside photon-5.
   */
  constructor(
    private readonly port: number,
    private readonly accounts: readonly { user: string; passwordExpired?: boolean }[] = [],
    private readonly templates: readonly { name: string; hardwareVersion: string }[] = [],
  ) {}

  /** Address of the vCenter, as site:vsphere.server wants it. */
  get server(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** A file of this test. */
  path(name: string): string {
    return join(this.scratch, name);
  }

  async start(): Promise<void> {
    await execa(vcenter, ["certificates", "--directory", this.path("certificates")]);
    writeFileSync(this.path("password"), password, { mode: 0o600 });
    const passwordFile = this.path("password");
    const config = {
      listen: this.server,
      user: "administrator@vsphere.local",
      accounts: this.accounts.map((account) => ({ ...account, passwordFile })),
      certificate: this.path("certificates/vcenter.crt"),
      key: this.path("certificates/vcenter.key"),
      certificateAuthority: this.path("certificates/ca.crt"),
      stateDirectory: this.path("state"),
      inventory: {
        datacenter: "coolcorp",
        cluster: { name: "k8s", hosts: ["esx1.coolcorp.test"] },
        datastores: [{ name: "ssd" }, { name: "nfs", type: "NFS" }],
        portGroups: [
          { name: "vm-lan", dockerNetwork: "none" },
          { name: "vm-dmz", dockerNetwork: "none" },
        ],
        templates: [{ name: "photon-5" }, ...this.templates].map((template) => ({
          ...template,
          image: "none",
        })),
      },
      containers: {},
    };
    writeFileSync(this.path("vcenter.json"), JSON.stringify(config), { mode: 0o600 });
    const bundle = [...rootCertificates, readFileSync(config.certificateAuthority, "utf8")].join(
      "\n",
    );
    writeFileSync(this.path("bundle.crt"), bundle);
    const server = spawn(vcenter, ["serve", "--config", this.path("vcenter.json")], {
      env: { ...process.env, SITEWRIGHT_VCENTER_PASSWORD: password },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.process = server;
    let log = "";
    server.stdout?.on("data", (chunk: Buffer) => (log += chunk.toString()));
    server.stderr?.on("data", (chunk: Buffer) => (log += chunk.toString()));
    for (const deadline = Date.now() + 20_000; !log.includes("ready"); await delay(100)) {
      if (server.exitCode !== null || Date.now() > deadline) {
        throw new Error(`the vCenter is not ready: ${log}`);
      }
    }
  }

  stop(): void {
    this.process?.kill("SIGTERM");
    rmSync(this.scratch, { recursive: true, force: true });
  }

  /** The environment variables under which the engine runs here. */
  variables(trusted: boolean): Record<string, string> {
    return {
      PATH: `${join(toolchain, "bin")}:${process.env.PATH ?? ""}`,
      PULUMI_HOME: join(toolchain, "pulumi-home"),
      PULUMI_BACKEND_URL: `file://${this.scratch}`,
      PULUMI_CONFIG_PASSPHRASE: passphrase,
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      ...(trusted ? { SSL_CERT_FILE: this.path("bundle.crt") } : {}),
    };
  }

  /**
   * Runs `pulumi up` of a stack on the development environment's configuration, changed by `edit`.
   * The configuration is a copy outside the checkout.
   */
  async up(
    stack: "infra" | "cluster" | "apps",
    edit: (config: Record<string, Record<string, unknown>>) => void = () => undefined,
    options: { password?: string; trusted?: boolean } = {},
  ): Promise<Finished> {
    const file = this.path("Pulumi.dev.yaml");
    const content = parse(readFileSync(join(checkout, "Pulumi.dev.yaml"), "utf8")) as {
      config: Record<string, Record<string, unknown>>;
    };
    const { config } = content;
    config["site:vsphere"].server = this.server;
    edit(config);
    writeFileSync(file, stringify(content));
    const { directory } = selectProjects(stack)[0];
    const common = {
      cwd: directory,
      env: this.variables(options.trusted ?? true),
      reject: false as const,
      all: true as const,
      timeout: 120_000,
    };
    const select = ["--stack", "dev", "--config-file", file];
    await execa("pulumi", ["stack", "select", "--create", "--stack", "dev"], {
      ...common,
      stdin: "ignore",
    });
    await execa("pulumi", ["config", "set", "--secret", "vsphere:password", ...select], {
      ...common,
      input: options.password ?? password,
    });
    const { exitCode, all } = await execa("pulumi", ["up", "--yes", "--skip-preview", ...select], {
      ...common,
      stdin: "ignore",
    });
    return { exitCode, output: all };
  }

  /** What the vCenter holds beyond its template: names of machines, paths of folders. */
  async inventory(): Promise<string> {
    const args = ["inventory", "--config", this.path("vcenter.json")];
    return (await execa(vcenter, args, { env: { SITEWRIGHT_VCENTER_PASSWORD: password } })).stdout;
  }
}
