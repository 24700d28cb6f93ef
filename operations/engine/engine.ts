import { existsSync, mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

import { execa } from "execa";

import { OperatorError } from "../../lib/operatorError";
import { stateDirectory, toolchain } from "../../lib/paths";
import { withTemporaryFolder } from "../../lib/temporaryFolder";
import { VCENTER_CA } from "../../pulumi/vcenterAuthority";
import type { Answer } from "./backend/backend";
import { BACKEND_MS, backendError, withoutCredentials } from "./backend/backendError";
import { backendOf, backendVariables } from "./backend/backendUrl";
import { formerStack, readStack } from "./formerStack";
import { isNoSuchStack } from "./backend/noSuchStack";
import { RUN_MARK, runMark } from "./orphanedProcesses";
import { checkGivenPassphrase, wrongPassphrase } from "./passphrase";
import { sharedPolicies } from "./sharedPolicies";
import { readStackFile } from "./stackFile";
import { StackProject } from "./stacks";

/**
 * The variables under which every `pulumi` of this project runs; `make env` prints them for use by
 * hand. Values that the operator has set win, except for the lab: its state stays on this
 * machine whatever backend the operator's shell points at.
 */
export function engineVariables(
  environment: string,
  variables: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const state = stateDirectory(variables);
  const file = readStackFile(environment);
  checkGivenPassphrase(environment, file, variables);
  const { labPassphrase } = file;
  const common = {
    PATH: [join(toolchain, "bin"), variables.PATH ?? ""].join(delimiter),
    PULUMI_HOME: join(toolchain, "pulumi-home"),
    // So that pulumi by hand needs no --stack; an earlier selection of a stack is not kept otherwise.
    PULUMI_STACK: environment,
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // The engine's default is 4 for each core, but its steps wait for machines far more than they compute, and a step that
    // waits holds a slot. vCenter clones up to 8 machines on a host at a time and queues the rest by itself; 32 keep a cluster
    // of four hosts busy, and fifty machines take two waves.
    PULUMI_PARALLEL: variables.PULUMI_PARALLEL ?? "32",
    ...backendVariables(backendOf(environment, variables), variables),
    // Kubernetes plugins from 4.29 on refuse to create what a killed update has created; older ones do not know this.
    PULUMI_K8S_UPSERT_EXISTING_OBJECTS: "true",
  };
  if (labPassphrase === undefined) {
    return common;
  }
  return {
    ...common,
    // The lab's vCenter has a certificate of the lab's own CA: it is trusted here, not skipped.
    SSL_CERT_FILE: join(state, "lab", "ca-bundle.crt"),
    [VCENTER_CA]: join(state, "lab", "certificates", "ca.crt"),
    ...(variables.PULUMI_CONFIG_PASSPHRASE === undefined &&
    variables.PULUMI_CONFIG_PASSPHRASE_FILE === undefined
      ? { PULUMI_CONFIG_PASSPHRASE: labPassphrase }
      : {}),
  };
}

/** True when `up` and `destroy` need no question: the environment is the lab, or YES=1 is set. */
export function isUnattended(environment: string): boolean {
  return readStackFile(environment).labPassphrase !== undefined || process.env.YES === "1";
}

/** Options by which `pulumi` changes an environment without a question; none where it asks. */
export function consentOf(environment: string): string[] {
  return isUnattended(environment) ? ["--yes", "--skip-preview"] : [];
}

/** Drives `pulumi` for one environment, always through its command line. */
export class Engine {
  private readonly env: NodeJS.ProcessEnv;

  /**
   * @param variables - All variables `pulumi` runs under, with PULUMI_BACKEND_URL.
   *   @default those of this process and engineVariables
   */
  constructor(
    readonly environment: string,
    variables: NodeJS.ProcessEnv = { ...process.env, ...engineVariables(environment) },
  ) {
    this.env = { ...variables, [RUN_MARK]: runMark(environment) };
    const backend = this.backendUrl;
    if (!existsSync(join(toolchain, "bin", "pulumi"))) {
      throw new OperatorError({
        what: "The toolchain is not built.",
        where: toolchain,
        next: "make toolchain",
      });
    }
    if (backend.startsWith("file://")) {
      mkdirSync(fileURLToPath(backend), { recursive: true, mode: 0o700 });
    }
  }

  /** Where the state is kept; a file:// URL means this machine. */
  get backendUrl(): string {
    return this.env.PULUMI_BACKEND_URL ?? "";
  }

  /**
   * Runs one pulumi command in the project's folder, on this terminal.
   * @param variables - For this command alone. @default none
   * @throws OperatorError with the command and its exit code when it fails.
   */
  async run(
    project: StackProject,
    args: readonly string[],
    variables: Record<string, string> = {},
  ): Promise<void> {
    const result = await withTemporaryFolder((folder) =>
      execa("pulumi", args, {
        cwd: project.directory,
        // The engine knows the option --event-log only with its commands for debugging.
        env: {
          ...this.env,
          ...sharedPolicies(args),
          ...variables,
          TMPDIR: folder,
          PULUMI_DEBUG_COMMANDS: "true",
        },
        extendEnv: false,
        stdio: "inherit",
        reject: false,
        // The terminal sends Ctrl-C to pulumi itself; it stops after the steps under way, and we wait.
        forceKillAfterDelay: false,
        cleanup: false,
      }),
    );
    if (result.failed) {
      const reason =
        result.signal !== undefined ? `ended by ${result.signal}` : `exit code ${result.exitCode}`;
      throw new OperatorError({
        what: `pulumi ${args[0]} of stack ${project.name} failed (${reason}); its own message stands above.`,
        where: project.directory,
        next: `mend the cause and type the same command again: what was done stays done`,
      });
    }
  }

  /** Runs one pulumi command silently and returns what it printed and how it ended; what it says of errors is without credentials. */
  async capture(
    project: StackProject,
    args: readonly string[],
    options: { input?: string; timeout?: number; variables?: Record<string, string> } = {},
  ): Promise<Answer> {
    const { timeout = 120_000 } = options;
    const result = await withTemporaryFolder((folder) =>
      execa("pulumi", args, {
        cwd: project.directory,
        env: { ...this.env, ...sharedPolicies(args), ...options.variables, TMPDIR: folder },
        extendEnv: false,
        reject: false,
        timeout,
        ...(options.input !== undefined ? { input: options.input } : { stdin: "ignore" as const }),
      }),
    );
    const { stderr, timedOut, exitCode, shortMessage } = result;
    const late = timedOut ? `\nno answer within ${timeout / 1000} s` : "";
    // A program that could not be started has no exit code, and says nothing itself.
    const why = exitCode === undefined && stderr === "" ? `${shortMessage ?? ""}` : stderr;
    return {
      ok: !result.failed,
      stdout: result.stdout,
      stderr: withoutCredentials(`${why}${late}`, this.env),
    };
  }

  /** The same engine on another backend. */
  withBackend(url: string): Engine {
    return new Engine(this.environment, { ...this.env, PULUMI_BACKEND_URL: url });
  }

  /** True when the backend knows this environment's stack of the project, be it under its former name. */
  async stackExists(project: StackProject): Promise<boolean> {
    const listed = await this.capture(project, ["stack", "ls", "--json"], { timeout: BACKEND_MS });
    if (!listed.ok) {
      throw backendError(this, listed.stderr);
    }
    const stacks = JSON.parse(listed.stdout) as { name: string }[];
    return (
      stacks.some(
        ({ name }) => name === this.environment || name.endsWith(`/${this.environment}`),
      ) || (await formerStack(this, project)) !== undefined
    );
  }

  /**
   * Creates this environment's stack of the project where it does not exist.
   * @throws OperatorError when the backend refuses, or the passphrase is missing or not that of the environment.
   */
  async ensureStack(project: StackProject): Promise<void> {
    const select = ["stack", "select", "--create", "--stack", this.environment];
    const selected = await this.capture(project, select, { timeout: BACKEND_MS });
    if (!selected.ok) {
      this.refuseWrongPassphrase(selected.stderr);
      if (!this.backendUrl.startsWith("file://")) {
        throw backendError(this, selected.stderr);
      }
      throw new OperatorError({
        what: `The stack ${this.environment} of project ${project.name} cannot be opened.`,
        where: this.backendUrl,
        why: selected.stderr,
        next: "mend the cause and try again; nothing was changed",
      });
    }
  }

  /**
   * Decrypts one secret of the environment, so that a wrong passphrase is found before anything is changed.
   * @throws OperatorError when the passphrase is missing or not that of the environment.
   */
  async checkPassphrase(project: StackProject): Promise<void> {
    const secret = await readStack(this, project, ["config", "get", "vsphere:password"]);
    if (!secret.ok) {
      this.refuseWrongPassphrase(secret.stderr);
    }
  }

  /**
   * The configuration of a project and of all others in its file, secrets in clear, by full key.
   * @throws OperatorError when it cannot be read.
   */
  async secrets(project: StackProject): Promise<Record<string, string>> {
    const args = ["config", "--show-secrets", "--json"];
    const { ok, stdout, stderr } = await readStack(this, project, args);
    if (!ok) {
      this.refuseWrongPassphrase(stderr);
      throw new OperatorError({
        what: `The configuration of environment ${this.environment} cannot be read.`,
        where: project.directory,
        why: stderr,
        next: "mend the cause and try again; nothing was changed",
      });
    }
    const values = JSON.parse(stdout) as Record<string, { value?: string }>;
    return Object.fromEntries(
      Object.entries(values).flatMap(([key, { value }]) =>
        value === undefined ? [] : [[key, value]],
      ),
    );
  }

  private refuseWrongPassphrase(answer: string): void {
    if (/passphrase/i.test(answer)) {
      throw wrongPassphrase(this.environment, answer);
    }
  }

  /**
   * The outputs of a stack, secrets in clear; undefined when the stack does not exist.
   * @throws OperatorError when it exists and cannot be read.
   */
  async outputs(project: StackProject): Promise<Record<string, unknown> | undefined> {
    const args = ["stack", "output", "--json", "--show-secrets"];
    const { ok, stdout, stderr } = await readStack(this, project, args);
    if (ok) {
      return JSON.parse(stdout) as Record<string, unknown>;
    }
    if (isNoSuchStack(stderr)) {
      return undefined;
    }
    this.refuseWrongPassphrase(stderr);
    throw new OperatorError({
      what: `The outputs of stack ${project.name} cannot be read.`,
      where: this.backendUrl,
      why: stderr,
      next: "mend the cause and try again",
    });
  }
}
