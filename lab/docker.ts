import { execa } from "execa";

import { run } from "../lib/command";
import { LAB_LABEL } from "./layout";

/**
 * Runs a docker command and returns its standard output.
 * @throws OperatorError with docker's own message.
 */
export function docker(args: string[], input?: string): Promise<string> {
  return run(
    "docker",
    args,
    {
      what: `docker ${args[0]} failed.`,
      next: "mend the cause and run the command again",
    },
    input === undefined ? { stdin: "ignore" } : { input },
  );
}

/** What `docker inspect` knows of one object, or undefined when there is none of that name. */
export async function inspect<T>(
  kind: "container" | "network" | "image",
  name: string,
): Promise<T | undefined> {
  const result = await execa("docker", [kind, "inspect", name], { reject: false, stdin: "ignore" });
  return result.failed ? undefined : (JSON.parse(result.stdout) as T[])[0];
}

/** The server's version, or undefined when no server answers. */
export async function serverVersion(): Promise<string | undefined> {
  const args = ["version", "--format", "{{.Server.Version}}"];
  const result = await execa("docker", args, { reject: false, stdin: "ignore", timeout: 10_000 });
  return result.failed ? undefined : result.stdout;
}

/** One container of the lab, running or not. */
export interface LabContainer {
  name: string;
  /** Value of the lab's label: machine, resolver, registry. */
  kind: string;
  /** created, running, exited ... */
  state: string;
}

/** Every container with the lab's label. */
export async function labContainers(): Promise<LabContainer[]> {
  const format = `{{.Names}}\t{{.Label "${LAB_LABEL}"}}\t{{.State}}`;
  const output = await docker([
    "ps",
    "--all",
    "--filter",
    `label=${LAB_LABEL}`,
    "--format",
    format,
  ]);
  return rows(output).map(([name = "", kind = "", state = ""]) => ({ name, kind, state }));
}

/** Names of every docker network with the lab's label. */
export async function labNetworkNames(): Promise<string[]> {
  const args = ["network", "ls", "--filter", `label=${LAB_LABEL}`, "--format", "{{.Name}}"];
  return rows(await docker(args)).map(([name = ""]) => name);
}

function rows(output: string): string[][] {
  return output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t"));
}
