import { existsSync, readFileSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";

import { execa } from "execa";
import { parse } from "yaml";

import { admittedKubectl } from "../../kubernetes/kubectlProgram";
import { cacheDirectory, checkout, toolchain } from "../../lib/paths";
import { isProgram, programsOnPath } from "../../lib/programsOnPath";

/** A program that may stand in the place of one that the toolchain builds. */
export interface OfficialProgram {
  /** As people call it, such as `plugin kubernetes`. */
  name: string;
  /** Versions that are admitted: a range of semver. */
  admitted: string;
  /** Where it is; undefined where it is not on this machine. */
  path: string | undefined;
  /** Folder that it is taken from, for the message. */
  origin: string;
  /** Where it was looked for, for the message. */
  place: string;
  /** Its version; undefined where it gives none. */
  version: () => Promise<string | undefined>;
  /** How to get it. */
  get: string;
}

/** A piece of the toolchain, by its name there, and the programs that together take its place. */
export interface OfficialTool {
  piece: string;
  programs: OfficialProgram[];
}

/** Seconds that a program may take to say its version. */
const ANSWER_SECONDS = 10;

/** Resource plugins by the pieces that they take the place of. */
const PLUGINS = {
  "plugin-kubernetes": ["kubernetes"],
  "plugin-command": ["command"],
  "plugins-bridged": ["tls", "random", "vsphere"],
};

/** Release of the plugin whose SDK is generated; that of the others is their npm package's. */
export const VSPHERE_PLUGIN = "4.17.0";

/**
 * The programs that the site's owner may have from their makers.
 *
 * @param kubernetes - Version of the site's Kubernetes. Without it, the toolchain's kubectl is used: a lab's nodes get the same one.
 */
export function officialTools(
  kubernetes: string | undefined,
  variables: NodeJS.ProcessEnv = process.env,
): OfficialTool[] {
  const { dependencies } = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const versionOf = (name: string) =>
    name === "vsphere" ? VSPHERE_PLUGIN : dependencies[`@pulumi/${name}`];
  const plugins = Object.entries(PLUGINS).map(([piece, names]) => ({
    piece,
    programs: names.map((name) => plugin(name, versionOf(name), variables)),
  }));
  return [
    { piece: "pulumi", programs: [pulumi(variables)] },
    ...plugins,
    ...(kubernetes === undefined
      ? []
      : [{ piece: "kubectl", programs: [kubectl(kubernetes, variables)] }]),
  ];
}

function pulumi(variables: NodeJS.ProcessEnv): OfficialProgram {
  const path = onPath("pulumi", variables);
  const project = parse(readFileSync(join(checkout, "Pulumi.yaml"), "utf8")) as {
    requiredPulumiVersion: string;
  };
  return {
    name: "pulumi",
    admitted: project.requiredPulumiVersion,
    // Without the host of programs in Node.js, which its distribution has beside it, it runs none of ours.
    path:
      path !== undefined && existsSync(join(dirname(path), "pulumi-language-nodejs"))
        ? path
        : undefined,
    origin: dirname(path ?? ""),
    place: "on PATH, with pulumi-language-nodejs beside it",
    version: () => answerOf(path ?? "", ["version"]),
    get: "its installer at pulumi.com, or your system's package",
  };
}

function plugin(name: string, version: string, variables: NodeJS.ProcessEnv): OfficialProgram {
  const given = variables.PULUMI_HOME;
  // In a shell with the lines of make env it is the toolchain's.
  const home = given && !isOwn(resolved(given)) ? given : join(homedir(), ".pulumi");
  const folder = join(home, "plugins", `resource-${name}-v${version}`);
  const path = join(folder, `pulumi-resource-${name}`);
  return {
    name: `plugin ${name}`,
    admitted: version,
    // The engine marks a folder that it is still filling.
    path: isProgram(path) && !existsSync(`${folder}.partial`) ? path : undefined,
    origin: join(home, "plugins"),
    place: folder,
    version: () => Promise.resolve(version),
    get: `pulumi plugin install resource ${name} ${version}`,
  };
}

function kubectl(kubernetes: string, variables: NodeJS.ProcessEnv): OfficialProgram {
  const path = onPath("kubectl", variables);
  return {
    name: "kubectl",
    admitted: admittedKubectl(kubernetes),
    path,
    origin: dirname(path ?? ""),
    place: "on PATH",
    version: async () => {
      const answer = await answerOf(path ?? "", ["version", "--client", "--output=json"]);
      return /"gitVersion": "([^"]+)"/.exec(answer ?? "")?.[1];
    },
    get: `its release ${kubernetes} from dl.k8s.io, or your system's package`,
  };
}

/** The first program of this name on PATH that is not the toolchain's own. */
function onPath(file: string, { PATH = "" }: NodeJS.ProcessEnv): string | undefined {
  const others = PATH.split(delimiter).filter((folder) => !isOwn(resolved(folder)));
  return programsOnPath(file, { PATH: others.join(delimiter) })[0];
}

/** Whether a folder, links resolved, is in what the toolchain has built. */
function isOwn(folder: string): boolean {
  return [toolchain, cacheDirectory()].some((own) => folder.startsWith(`${resolved(own)}/`));
}

function resolved(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

async function answerOf(path: string, args: readonly string[]): Promise<string | undefined> {
  const { failed, stdout } = await execa(path, args, {
    env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
    reject: false,
    stdin: "ignore",
    timeout: ANSWER_SECONDS * 1000,
  });
  return failed ? undefined : stdout;
}
