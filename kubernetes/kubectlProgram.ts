import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { execa } from "execa";
import semver from "semver";
import { z } from "zod";

import { OperatorError } from "../lib/operatorError";
import { toolchain } from "../lib/paths";
import { processor } from "../lib/processor";
import { programsOnPath } from "../lib/programsOnPath";
import { ApiReader } from "./apiReader";

/** Milliseconds that kubectl may take to say its version. */
const ANSWER_MS = 10_000;

const versionSchema = z.object({ gitVersion: z.string() });
const clientSchema = z.object({ clientVersion: versionSchema });

const chosen = new Map<string, Promise<string>>();

/**
 * Path of the kubectl that works on a cluster: what `make` has put in .toolchain, else the first on PATH that fits the cluster's
 * Kubernetes. While the API does not say its version, the first one: what it is asked then says why it fails.
 *
 * @param kubeconfig - Path of the file.
 * @throws OperatorError when there is none, or none fits.
 */
export function kubectlFor(kubeconfig: string): Promise<string> {
  const built = join(toolchain, "bin", "kubectl");
  if (existsSync(built)) {
    return Promise.resolve(built);
  }
  const known = chosen.get(kubeconfig) ?? fittingKubectl(programsOnPath("kubectl"), kubeconfig);
  chosen.set(kubeconfig, known);
  return known;
}

/**
 * The first of some programs that fits the Kubernetes of a cluster.
 *
 * @param kubeconfig - Path of the file.
 * @throws OperatorError when none does.
 */
export async function fittingKubectl(
  programs: readonly string[],
  kubeconfig: string,
): Promise<string> {
  const kubernetes = await serverVersion(kubeconfig);
  if (programs.length === 0) {
    throw new OperatorError({
      what: "kubectl is not on this machine's PATH, and the cluster has to be asked with it.",
      next: `${howToGet(kubernetes)}; then type the same command again`,
    });
  }
  if (kubernetes === undefined) {
    return programs[0]!;
  }
  const range = admittedKubectl(kubernetes);
  const refused: string[] = [];
  for (const path of programs) {
    const version = await clientVersion(path);
    // Distributions add a word of their own, such as 1.36.2-gke.1, which semver takes for a version before 1.36.2.
    if (version !== undefined && semver.satisfies(version, range, { includePrerelease: true })) {
      return path;
    }
    refused.push(`${path} ${version === undefined ? "does not say its version" : `is ${version}`}`);
  }
  throw new OperatorError({
    what: `No kubectl on PATH fits the cluster's Kubernetes ${kubernetes}.`,
    why: `${refused.join("\n")}\nadmitted is ${range}, one minor version older or newer than the cluster's`,
    next: `${howToGet(kubernetes)}; then type the same command again`,
  });
}

/** Versions of kubectl for a version of Kubernetes, by its own rule: one minor version older or newer. A range of semver. */
export function admittedKubectl(kubernetes: string): string {
  const { major, minor } = new semver.SemVer(kubernetes);
  return `>=${major}.${minor - 1}.0 <${major}.${minor + 2}.0`;
}

function howToGet(kubernetes: string | undefined): string {
  if (kubernetes === undefined) {
    return "get a kubectl of the cluster's minor version (kubernetes.version of the site), from dl.k8s.io or as your system's package, and put it on PATH";
  }
  const { major, minor, patch } = new semver.SemVer(kubernetes);
  const release = `${major}.${minor}.${patch}`;
  return `get kubectl ${release}, https://dl.k8s.io/release/v${release}/bin/linux/${processor()}/kubectl or your system's package, and put it on PATH`;
}

/** The cluster's Kubernetes; undefined where it does not say. */
async function serverVersion(kubeconfig: string): Promise<string | undefined> {
  const answer = await new ApiReader(readFileSync(kubeconfig, "utf8")).get(
    "/version",
    versionSchema,
  );
  return answer.kind === "answered" ? plain(answer.value.gitVersion) : undefined;
}

async function clientVersion(path: string): Promise<string | undefined> {
  const { stdout } = await execa(path, ["version", "--client", "--output=json"], {
    reject: false,
    stdin: "ignore",
    timeout: ANSWER_MS,
  });
  const read = clientSchema.safeParse(jsonOf(stdout ?? ""));
  return read.success ? plain(read.data.clientVersion.gitVersion) : undefined;
}

function plain(version: string): string | undefined {
  return semver.valid(semver.clean(version)) ?? undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
