import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { rootCertificates } from "node:tls";

import { execa } from "execa";
import { parse, stringify } from "yaml";

import { OperatorError } from "../../../lib/operatorError";
import { checkout, toolchain } from "../../../lib/paths";
import { engineVariables } from "../../../operations/engine/engine";
import { selectProjects } from "../../../operations/engine/stacks";
import type { Driver } from "../../../operations/engine/stackState";
import type { MachineOrigin } from "../../../operations/recovery/machineProof";
import type { Vcenter } from "../../../operations/recovery/vcenter";
import { MARK_KEY } from "../../../vcenter/machineMark";

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

/** The keys of Pulumi.dev.yaml, to be changed by a test. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests reach deep into raw configuration and spoil it
export type RawConfig = Record<string, Record<string, any>>;

/** The faults that a test injects: see `Settings` in lab/simulator/internal/faults. */
export interface FaultInjection {
  cloneSeconds?: number;
  faults?: {
    method?: string;
    fault: string;
    probability?: number;
    skip?: number;
    times?: number;
  }[];
  lostConnections?: number;
}

/** A virtual machine as `vcenter inventory` prints it. */
export interface FoundMachine {
  name: string;
  path: string;
  uuid: string;
  powerState: string;
  address: string;
  memoryMiB: number;
  disks: string[];
}

/** A resource as an exported stack holds it. */
export interface StateResource {
  urn: string;
  type: string;
  id?: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- inputs and outputs of any resource type
  inputs?: Record<string, any>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  outputs?: Record<string, any>;
  protect?: boolean;
}

/** One step of a preview as `--json` prints it. */
interface PreviewStep {
  op: string;
  urn: string;
}

export { VIRTUAL_MACHINE } from "../../../operations/recovery/orphanedResources";

/**
 * The one step of infra that logs in on a guest, which machines without containers have not, and the guard that depends on
 * it: the engine writes a state that it then refuses when something depends on what was excluded.
 */
export const EXCLUDED = [
  "--exclude",
  "**::load-balancer-haproxy",
  "--exclude",
  "**::dependents-check",
];

type StackName = "infra" | "cluster" | "apps";

/**
 * A simulated vCenter on a port of its own, and an engine with a backend of its own, for one test
 * file. The inventory is the one that the development environment names; machines have no containers and
 * report the address that they were given.
 */
export class Site {
  private readonly scratch = mkdtempSync(join(tmpdir(), "sitewright-integration-"));
  /** Stacks that are there. */
  private readonly made = new Set<StackName>();
  /** As they stand in the configuration, by password: the engine takes a moment for each command. */
  private readonly encrypted = new Map<string, RawConfig[string]>();
  private server: ChildProcess | undefined;
  private log = "";

  /**
   * @param port - Where the vCenter listens on the loopback interface.
   * @param accounts - Those beside the administrator's; none has any rights.
   */
  constructor(
    private readonly port: number,
    private readonly accounts: readonly { user: string; passwordExpired?: boolean }[] = [],
  ) {
    // What operations/ keeps beside the state is the test's own as well.
    process.env["XDG_STATE_HOME"] = this.path("xdg-state");
  }

  /** Address of the vCenter, as site:vsphere.server wants it. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** A file of this test. */
  path(name: string): string {
    return join(this.scratch, name);
  }

  /** @param inventory - What the vCenter holds beside or in place of the usual. */
  async start(inventory: Record<string, unknown> = {}): Promise<void> {
    await execa(vcenter, ["certificates", "--directory", this.path("certificates")]);
    this.changePassword(password);
    const passwordFile = this.path("password");
    const config = {
      listen: this.address,
      user: "administrator@vsphere.local",
      passwordFile,
      accounts: this.accounts.map((account) => ({ ...account, passwordFile })),
      certificate: this.path("certificates/vcenter.crt"),
      key: this.path("certificates/vcenter.key"),
      certificateAuthority: this.path("certificates/ca.crt"),
      stateDirectory: this.path("state"),
      inventory: {
        datacenter: "coolcorp",
        cluster: { name: "k8s", hosts: ["esx1.coolcorp.test"] },
        datastores: [{ name: "ssd" }, { name: "nfs", type: "NFS" }],
        portGroups: [{ name: "vm-lan" }, { name: "vm-dmz" }],
        templates: [{ name: "photon-5" }],
        ...inventory,
      },
      containers: {},
    };
    writeFileSync(this.path("vcenter.json"), JSON.stringify(config), { mode: 0o600 });
    const bundle = [...rootCertificates, readFileSync(config.certificateAuthority, "utf8")].join(
      "\n",
    );
    writeFileSync(this.path("bundle.crt"), bundle);
    this.server = spawn(vcenter, ["serve", "--config", this.path("vcenter.json")], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const collect = (chunk: Buffer) => (this.log += chunk.toString());
    this.server.stdout?.on("data", collect);
    this.server.stderr?.on("data", collect);
    await this.logged("ready: ", 0);
  }

  /** Gives all accounts of the vCenter another password. Sessions go on. */
  changePassword(to: string): void {
    writeFileSync(this.path("password"), to, { mode: 0o600 });
  }

  /** Waits until the vCenter has printed something after a position in its log. */
  private async logged(text: string, after: number): Promise<void> {
    for (const deadline = Date.now() + 20_000; !this.log.includes(text, after); await delay(50)) {
      if (this.server?.exitCode !== null || Date.now() > deadline) {
        throw new Error(`the vCenter has not printed "${text}": ${this.log}`);
      }
    }
  }

  /** Replaces the faults that the vCenter injects from now on. */
  async injectFaults(faultInjection: FaultInjection): Promise<void> {
    const file = this.path("vcenter.json");
    const config = JSON.parse(readFileSync(file, "utf8")) as object;
    writeFileSync(file, JSON.stringify({ ...config, faultInjection }));
    const before = this.log.length;
    this.server?.kill("SIGHUP");
    await this.logged("fault injection: ", before);
  }

  stop(): void {
    this.server?.kill("SIGTERM");
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
      PULUMI_PARALLEL: engineVariables("dev").PULUMI_PARALLEL,
      PULUMI_DEBUG_COMMANDS: "true",
      ...(trusted ? { SSL_CERT_FILE: this.path("bundle.crt") } : {}),
    };
  }

  /**
   * Runs `pulumi up` of a stack on the development environment's configuration, changed by `edit`.
   * The configuration is a copy outside the checkout.
   */
  async up(
    stack: StackName,
    edit: (config: RawConfig) => void = () => undefined,
    options: { password?: string; trusted?: boolean } = {},
  ): Promise<Finished> {
    await this.configure(stack, edit, options);
    return this.pulumi(stack, ["up", "--yes", "--skip-preview", ...this.select()], options);
  }

  /** Runs `pulumi up` of infra without its step over SSH. */
  async upMachines(
    edit?: (config: RawConfig) => void,
    options: { password?: string } = {},
  ): Promise<Finished> {
    await this.configure("infra", edit, options);
    return this.update();
  }

  /** The same with the configuration that the stack has. */
  update(): Promise<Finished> {
    return this.pulumi("infra", ["up", "--yes", "--skip-preview", ...EXCLUDED, ...this.select()]);
  }

  /** The same, killed with all processes that it has started when the signal comes. */
  async updateUntil(signal: AbortSignal): Promise<void> {
    const update = execa(
      "pulumi",
      ["up", "--yes", "--skip-preview", ...EXCLUDED, ...this.select()],
      {
        cwd: selectProjects("infra")[0].directory,
        env: this.variables(true),
        ...{ reject: false, stdin: "ignore", detached: true, timeout: 240_000 },
      },
    );
    signal.addEventListener("abort", () => process.kill(-update.pid!, "SIGKILL"));
    await update;
    // The engine starts plugins in groups of their own, which end when it has gone.
    await delay(1000);
    await this.pulumi("infra", ["cancel", "--yes", "--stack", "dev"]);
  }

  /** What `pulumi preview` of infra without its step over SSH would change: operation and name of each resource. */
  async previewMachines(edit?: (config: RawConfig) => void): Promise<string[]> {
    await this.configure("infra", edit);
    return this.planned();
  }

  /** The same for the configuration that the stack has. */
  async planned(): Promise<string[]> {
    const { exitCode, output } = await this.pulumi("infra", [
      ...["preview", "--json", ...EXCLUDED, ...this.select()],
    ]);
    if (exitCode !== 0) {
      throw new Error(output);
    }
    const { steps = [] } = JSON.parse(output) as { steps?: PreviewStep[] };
    return steps
      .filter(({ op }) => op !== "same")
      .map(({ op, urn }) => `${op} ${urn.split("::").at(-1)}`);
  }

  /** Runs any command of the engine for a stack that `up` has made. */
  async pulumi(
    stack: StackName,
    args: readonly string[],
    options: { trusted?: boolean; input?: string } = {},
  ): Promise<Finished> {
    const { exitCode, all } = await execa("pulumi", args, {
      cwd: selectProjects(stack)[0].directory,
      env: this.variables(options.trusted ?? true),
      reject: false,
      all: true,
      timeout: 240_000,
      ...(options.input === undefined ? { stdin: "ignore" } : { input: options.input }),
    });
    return { exitCode, output: all };
  }

  /**
   * The engine as `make up` drives it for infra, without a terminal.
   * @param print - Gets what it has printed.
   */
  driver(print: (output: string) => void = () => undefined): Driver {
    return {
      environment: "dev",
      backendUrl: "",
      capture: async (_, args, options) => {
        const { exitCode, output } = await this.pulumi("infra", args, { input: options?.input });
        return { ok: exitCode === 0, stdout: output, stderr: "" };
      },
      run: async (_, args) => {
        const { exitCode, output } = await this.pulumi("infra", [...args, ...this.select()]);
        print(output);
        if (exitCode !== 0) {
          throw new OperatorError({
            what: `pulumi ${args[0]} failed`,
            why: output,
            next: "read it",
          });
        }
      },
    };
  }

  /** The options that name this stack and its configuration. */
  select(): string[] {
    return ["--stack", "dev", "--config-file", this.path("Pulumi.dev.yaml")];
  }

  /** Writes the configuration, and makes the stack where it was not made before. */
  async configure(
    stack: StackName,
    edit: (config: RawConfig) => void = () => undefined,
    options: { password?: string; trusted?: boolean } = {},
  ): Promise<void> {
    const content = parse(readFileSync(join(checkout, "Pulumi.dev.yaml"), "utf8")) as {
      config: RawConfig;
    };
    content.config["site:vsphere"].server = this.address;
    // Rights, and the accounts that get them, are what preflight.test.ts is about.
    content.config["site:vsphere"].manageAccess = false;
    edit(content.config);
    const secret = options.password ?? password;
    const encrypted = this.encrypted.get(secret);
    if (encrypted !== undefined) {
      content.config["vsphere:password"] = encrypted;
    }
    writeFileSync(this.path("Pulumi.dev.yaml"), stringify(content));
    if (!this.made.has(stack)) {
      this.made.add(stack);
      await this.pulumi(stack, ["stack", "select", "--create", "--stack", "dev"]);
    }
    if (encrypted === undefined) {
      const set = ["config", "set", "--secret", "vsphere:password", ...this.select()];
      await this.pulumi(stack, set, { ...options, input: secret });
      const { config } = parse(
        readFileSync(this.path("Pulumi.dev.yaml"), "utf8"),
      ) as typeof content;
      this.encrypted.set(secret, config["vsphere:password"]);
    }
  }

  /** The resources in the state of infra. */
  async state(): Promise<StateResource[]> {
    const { output } = await this.pulumi("infra", ["stack", "export", "--stack", "dev"]);
    const { deployment } = JSON.parse(output) as { deployment: { resources?: StateResource[] } };
    return deployment.resources ?? [];
  }

  /** The vCenter as `make up` searches it for orphaned resources. */
  vcenter(): Vcenter {
    const ask = async (command: string, request: object): Promise<string> => {
      const user = "administrator@vsphere.local";
      const vcenter = { server: this.address, user, password, insecure: false };
      const answer = await execa(join(toolchain, "bin", "vcenter-access"), [command], {
        env: this.variables(true),
        input: JSON.stringify({ vcenter, ...request }),
      });
      return answer.stdout;
    };
    return {
      datacenter: "coolcorp",
      removeRole: async (name, privileges) =>
        (await ask("remove-role", { name, privileges })) === "removed",
      machines: async (paths) =>
        JSON.parse(await ask("origins", { machines: paths, key: MARK_KEY })) as MachineOrigin[],
    };
  }

  /** The virtual machines in the vCenter. */
  async machines(): Promise<FoundMachine[]> {
    const report = JSON.parse(await this.inventory()) as { virtualMachines: FoundMachine[] };
    return report.virtualMachines;
  }

  /** Adds a disk to a machine, as a CSI driver does. */
  async attachDisk(machine: string): Promise<void> {
    await this.simulator("attach-disk", "--machine", machine);
  }

  /** Gives a machine another memory size, as an administrator does by hand. */
  async setMemory(machine: string, mebibytes: number): Promise<void> {
    await this.simulator("set-memory", "--machine", machine, "--memory", `${mebibytes}`);
  }

  /** Deletes a machine, as an administrator does by hand. */
  async deleteMachine(machine: string): Promise<void> {
    await this.simulator("delete-machine", "--machine", machine);
  }

  /** What the vCenter holds beyond its template: names of machines, paths of folders. */
  async inventory(): Promise<string> {
    return this.simulator("inventory");
  }

  private async simulator(...args: string[]): Promise<string> {
    const env = { SITEWRIGHT_VCENTER_PASSWORD: password };
    return (await execa(vcenter, [...args, "--config", this.path("vcenter.json")], { env })).stdout;
  }
}
