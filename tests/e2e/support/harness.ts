import { createWriteStream, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { execa } from "execa";

import { checkout, stateDirectory, toolchain } from "../../../lib/paths";
import { Engine } from "../../../operations/engine/engine";
import { writeKubeconfig } from "../../../operations/engine/kubeconfigFile";
import { selectProjects } from "../../../operations/engine/stacks";

/** The environment under test, one of the embedded lab. tests/membership/environment.ts names another one than dev. */
export const environment = process.env["ENVIRONMENT_UNDER_TEST"] ?? "dev";

/** Where every command of the run leaves its output; the first one takes that of an earlier run away. */
export const logs = join(stateDirectory(), "e2e", environment);

/** How a command ended and what it printed, both streams in order. */
export interface Finished {
  exitCode: number | undefined;
  signal: string | undefined;
  output: string;
  seconds: number;
}

/** How to cut a command off: when what it has printed so far matches, the whole process group gets the signal. */
export interface Cut {
  when: Pick<RegExp, "test">;
  signal: NodeJS.Signals;
  /** What is looked at besides: told line by line, until it is stopped. */
  watch?: (tell: (line: string) => void) => { stop: () => void };
}

let runs = 0;

/** How a command runs. */
export interface RunOptions {
  /** Variables beside those of the test. */
  shell?: Record<string, string>;
  cut?: Cut;
  /** Gets all that was printed so far, whenever more is. */
  onOutput?: (output: string) => void;
}

/**
 * Runs `make TARGET` for the environment under test, or the one that the variables name, as an operator would: see `run`.
 */
export function make(
  target: string,
  { variables = {}, ...options }: RunOptions & { variables?: Record<string, string> } = {},
): Promise<Finished> {
  const assignments = Object.entries({ ENV: environment, ...variables }).map(
    ([key, value]) => `${key}=${value}`,
  );
  return run(target, ["make", target, ...assignments], checkout, options);
}

/**
 * Runs a command in a folder, in a process group of its own, and keeps its output in a log file of that name. Every run is
 * bounded: after ten minutes it is ended and fails.
 */
export async function run(
  name: string,
  [file, ...args]: readonly [string, ...string[]],
  folder: string,
  options: RunOptions = {},
): Promise<Finished> {
  const started = Date.now();
  if (runs === 0) {
    rmSync(logs, { recursive: true, force: true });
    mkdirSync(logs, { recursive: true, mode: 0o700 });
  }
  runs += 1;
  const log = createWriteStream(join(logs, `${String(runs).padStart(2, "0")}-${name}.log`), {
    mode: 0o600,
  });
  const child = execa(file, args, {
    cwd: folder,
    env: options.shell ?? {},
    reject: false,
    all: true,
    buffer: false,
    stdin: "ignore",
    detached: true,
    cleanup: true,
    timeout: 600_000,
  });
  let output = "";
  let { cut } = options;
  const cutOff = (text: string): boolean => {
    if (child.pid === undefined || !cut?.when.test(text)) {
      return false;
    }
    const { signal } = cut;
    cut = undefined;
    process.kill(-child.pid, signal);
    return true;
  };
  const watched = cut?.watch?.((line) => {
    if (cutOff(line)) {
      output += `\naccepted: ${line}\n`;
    }
  });
  child.all.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    log.write(chunk);
    options.onOutput?.(output);
    cutOff(output);
  });
  const result = await child;
  watched?.stop();
  await new Promise((resolve) => log.end(resolve));
  return {
    exitCode: result.exitCode,
    signal: result.signal,
    output,
    seconds: (Date.now() - started) / 1000,
  };
}

/** Fails with the end of the output when a command did not end well. */
export function expectSuccess(finished: Finished): void {
  if (finished.exitCode !== 0) {
    throw new Error(
      `exit code ${finished.exitCode}, signal ${finished.signal}:\n${finished.output.slice(-4000)}`,
    );
  }
}

/** How many stacks `make up` left as they were: it says so, or nothing but `unchanged` stands below their `Resources:`. */
export function unchangedStacks({ output }: Finished): number {
  const said = /^Resources:\n +[0-9]+ unchanged\n\n|^\[[1-4] of 4\] \w+: nothing to change, /gm;
  return (output.match(said) ?? []).length;
}

/** The outputs of one stack. */
export async function outputs<T>(
  project: "infra" | "cluster" | "apps",
  output: string,
): Promise<T> {
  const all = await new Engine(environment).outputs(selectProjects(project)[0]);
  return all?.[output] as T;
}

/** Runs kubectl as the administrator; its standard output. */
export async function kubectl(args: string[], input?: string): Promise<string> {
  const kubeconfig = await administrator();
  const result = await execa(join(toolchain, "bin", "kubectl"), args, {
    env: { KUBECONFIG: kubeconfig },
    timeout: 120_000,
    ...(input === undefined ? { stdin: "ignore" as const } : { input }),
  });
  return result.stdout;
}

let kubeconfig: Promise<string> | undefined;
function administrator(): Promise<string> {
  kubeconfig ??= writeKubeconfig(environment);
  return kubeconfig;
}

/** Forgets the kubeconfig of a cluster that is gone. */
export function forgetCluster(): void {
  kubeconfig = undefined;
}

/** Runs a command inside the container that stands in for a virtual machine. */
export async function onMachine(name: string, ...command: string[]): Promise<string> {
  return (await execa("docker", ["exec", `sitewright-${name}`, ...command], { timeout: 60_000 }))
    .stdout;
}

/** Runs docker; its standard output. */
export async function docker(...args: string[]): Promise<string> {
  return (await execa("docker", args, { timeout: 60_000 })).stdout;
}

/** Volumes that no container uses. */
export async function danglingVolumes(): Promise<string[]> {
  const volumes = await docker("volume", "ls", "--quiet", "--filter", "dangling=true");
  return volumes.split("\n").sort();
}

/** Who owns fields of objects in the cluster, of every kind, each once. */
export async function fieldOwners(): Promise<string[]> {
  const kinds = (await kubectl(["api-resources", "--verbs=list", "--output=name"])).split("\n");
  const all = ["get", kinds.join(","), "--all-namespaces", "--show-managed-fields"];
  const owners = await kubectl([...all, "--output=jsonpath={..managedFields[*].manager}"]);
  return [...new Set(owners.split(" "))];
}

/** What the summaries of updates count beside what is unchanged. */
export function changesIn({ output }: Finished): string[] {
  return output.match(/^ +([~+-]|\+-) [0-9]+ \w+$/gm) ?? [];
}

/** How many logins the machines' SSH servers have accepted since they booted. */
export async function logins(machines: readonly string[]): Promise<number> {
  const counts = await Promise.all(
    machines.map(async (name) => {
      const journal = await onMachine(
        name,
        "journalctl",
        "--unit=ssh",
        "--output=cat",
        "--no-pager",
      );
      return journal.split("\n").filter((line) => line.startsWith("Accepted ")).length;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
