import { randomBytes } from "node:crypto";

import type { Environment } from "../../../environment/schema";
import { Engine } from "../../../operations/engine/engine";
import { selectProjects } from "../../../operations/engine/stacks";
import { environment, kubectl, onMachine } from "../support/harness";
import { type Needle, needlesOf, secretsOf, wholeNeedle } from "./needles";

/** The projects that have secrets of their own. */
export const PROJECTS = ["infra", "cluster", "apps"] as const;

/** What the engine prints for a project. Its commands for debugging are known to it, `--event-log` among them. */
export async function engine(
  project: (typeof PROJECTS)[number],
  ...args: string[]
): Promise<string> {
  const { ok, stdout, stderr } = await new Engine(environment).capture(
    selectProjects(project)[0],
    [...args, ...["--stack", environment]],
    { variables: { PULUMI_DEBUG_COMMANDS: "true" } },
  );
  if (!ok) {
    throw new Error(`pulumi ${args.join(" ")} of ${project} has failed:\n${stdout}\n${stderr}`);
  }
  return stdout;
}

/** A made-up secret, put where the search must find it. */
export function madeUpSecret(): Needle {
  return { secret: "made up", text: randomBytes(16).toString("hex") };
}

/** Everything secret of the running site: what the stacks know, what is in the cluster, what kubeadm has made on the nodes. */
export async function collectNeedles({ nodes }: Environment): Promise<Needle[]> {
  const stacks = await Promise.all(PROJECTS.map(stackNeedles));
  const machines = await Promise.all(nodes.map(({ name }) => machineNeedles(name)));
  return [
    ...(await configurationNeedles()),
    ...stacks.flat(),
    ...(await clusterNeedles()),
    ...machines.flat(),
  ];
}

async function configurationNeedles(): Promise<Needle[]> {
  const values = JSON.parse(await engine("infra", "config", "--json", "--show-secrets")) as Record<
    string,
    { value?: string; secret?: boolean }
  >;
  return Object.entries(values).flatMap(([key, { value, secret }]) =>
    secret === true ? wholeNeedle(`configuration: ${key}`, value ?? "") : [],
  );
}

async function stackNeedles(project: (typeof PROJECTS)[number]): Promise<Needle[]> {
  const exported = await engine(project, "stack", "export", "--show-secrets");
  const { deployment } = JSON.parse(exported) as { deployment: unknown };
  return secretsOf(deployment).flatMap(({ secret, value }) =>
    needlesOf(`${project}: ${secret}`, value),
  );
}

async function clusterNeedles(): Promise<Needle[]> {
  const { items } = JSON.parse(
    await kubectl(["get", "secrets", "--all-namespaces", "--output=json"]),
  ) as {
    items: { metadata: { namespace: string; name: string }; data?: Record<string, string> }[];
  };
  return items.flatMap(({ metadata, data = {} }) =>
    Object.entries(data).flatMap(([key, value]) =>
      needlesOf(`Secret ${metadata.namespace}/${metadata.name}: ${key}`, {
        [key]: Buffer.from(value, "base64").toString("utf8"),
      }),
    ),
  );
}

/** Private keys and kubeconfigs that kubeadm and the kubelet have made, and the machine's own SSH key. */
async function machineNeedles(machine: string): Promise<Needle[]> {
  const folders = "/etc/kubernetes /var/lib/kubelet/pki /etc/ssh";
  const list = await onMachine(
    machine,
    ...[
      "sh",
      "-c",
      `find ${folders} -type f \\( -name '*key*' -o -name '*.conf' -o -name '*.pem' -o -name '*.yaml' \\)`,
    ],
  );
  const files = list.split("\n").filter((path) => path !== "" && !path.endsWith(".pub"));
  const contents = await Promise.all(files.map((path) => onMachine(machine, "cat", path)));
  return contents.flatMap((content, index) => needlesOf(`${machine}:${files[index]}`, content));
}
