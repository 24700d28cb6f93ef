import { join } from "node:path";

import { stringify } from "yaml";

import type { Environment } from "../environment/schema";
import { replaceFile } from "../lib/files";
import { fingerprint, stampOf } from "../lib/digests/fingerprint";
import { OperatorError } from "../lib/operatorError";
import { waitFor } from "../lib/poll";
import type { Progress } from "../lib/progress";
import { docker, inspect } from "./docker";
import { registryConfig } from "./images/registryConfig";
import { LAB_LABEL, labNetworks, REGISTRY_PORT } from "./layout";
import { renderCorefile, ROOT_ZONE, ROOT_ZONE_PATH } from "./network/corefile";
import { labBinaries, stateFile } from "./paths";

/** One program of the lab that is in every network, in a container that holds only what is mounted. */
interface Service {
  kind: "resolver" | "registry";
  /** Name of its binary. */
  binary: string;
  /** Arguments after the binary. */
  args: string[];
  /** Path in the container: path on the host, read-only. */
  mounts: Record<string, string>;
  variables: Record<string, string>;
  /** Its configuration: the container is replaced when it changes. */
  config: string;
  /** Docker network: address in it. */
  addresses: Record<string, string>;
}

/** Their configuration, in the lab's state folder. */
const RESOLVER_FILES = ["Corefile", "root.zone"];
const REGISTRY_FILES = ["registry.yaml"];
export const SERVICE_FILES = [...RESOLVER_FILES, ...REGISTRY_FILES];

const EMPTY_IMAGE = "sitewright/empty:latest";
const HASH_LABEL = `${LAB_LABEL}.hash`;

/** Starts the lab's resolver and its image registry, unless they run. */
export async function ensureServices(
  environment: Environment,
  store: string,
  progress: Progress,
): Promise<void> {
  for (const service of [resolver(environment), registry(environment, store)]) {
    const name = `sitewright-${service.kind}`;
    const hash = fingerprint(JSON.stringify(service), stampOf(join(labBinaries(), service.binary)));
    const container = await inspect<Container>("container", name);
    if (container?.State.Running === true && container.Config.Labels[HASH_LABEL] === hash) {
      continue;
    }
    await progress.step(service.kind, async () => {
      await docker(["rm", "--force", "--volumes", name]).catch((error: unknown) => {
        if (container !== undefined) {
          throw error;
        }
      });
      await create(name, service, hash);
    });
  }
}

interface Container {
  State: { Running: boolean; ExitCode: number };
  Config: { Labels: Record<string, string> };
}

function resolver(environment: Environment): Service {
  const config = renderCorefile(environment);
  const [file, rootZone] = RESOLVER_FILES.map(stateFile);
  replaceFile(file, config, 0o644);
  replaceFile(rootZone, ROOT_ZONE, 0o644);
  return {
    kind: "resolver",
    binary: "coredns",
    args: ["-conf", "/Corefile"],
    mounts: { "/Corefile": file, [ROOT_ZONE_PATH]: rootZone },
    variables: {},
    config: config + ROOT_ZONE,
    addresses: Object.fromEntries(
      labNetworks(environment).map(({ name, resolver: at }) => [name, at]),
    ),
  };
}

function registry(environment: Environment, store: string): Service {
  const config = stringify(registryConfig("/images", `:${REGISTRY_PORT}`));
  const [file] = REGISTRY_FILES.map(stateFile);
  replaceFile(file, config, 0o644);
  return {
    kind: "registry",
    binary: "registry",
    args: ["serve", "/registry.yaml"],
    mounts: { "/registry.yaml": file, "/images": store },
    variables: { OTEL_TRACES_EXPORTER: "none" },
    config,
    addresses: Object.fromEntries(
      labNetworks(environment).map(({ name, registry: at }) => [name, at]),
    ),
  };
}

async function create(name: string, service: Service, hash: string): Promise<void> {
  if ((await inspect("image", EMPTY_IMAGE)) === undefined) {
    // An archive without a file is two blocks of zeros.
    await docker(["import", "-", EMPTY_IMAGE], "\0".repeat(1024));
  }
  const program = `/${service.binary}`;
  const mounts = { [program]: join(labBinaries(), service.binary), ...service.mounts };
  const [first, ...others] = Object.entries(service.addresses) as [
    [string, string],
    ...[string, string][],
  ];
  await docker([
    ...["create", "--name", name, "--hostname", name, "--restart", "unless-stopped", "--read-only"],
    ...["--label", `${LAB_LABEL}=${service.kind}`, "--label", `${HASH_LABEL}=${hash}`],
    ...[
      "--cap-drop",
      "ALL",
      "--cap-add",
      "NET_BIND_SERVICE",
      "--security-opt",
      "no-new-privileges",
    ],
    // It is in two networks and must not route between them.
    ...["--sysctl", "net.ipv4.ip_forward=0", "--memory", "256m", "--stop-timeout", "2"],
    ...["--network", first[0], "--ip", first[1]],
    ...Object.entries(service.variables).flatMap(([key, value]) => ["--env", `${key}=${value}`]),
    ...Object.entries(mounts).flatMap(([target, origin]) => [
      "--mount",
      `type=bind,source=${origin},target=${target},readonly`,
    ]),
    ...[EMPTY_IMAGE, program, ...service.args],
  ]);
  for (const [network, address] of others) {
    await docker(["network", "connect", "--ip", address, network, name]);
  }
  await docker(["start", name]);
  await checkRunning(name, service.kind);
}

/** A wrong configuration ends the program at once; docker would only start it again and again. */
async function checkRunning(name: string, kind: string): Promise<void> {
  const state = async (): Promise<Container["State"] | undefined> =>
    (await inspect<Container>("container", name))?.State;
  const isUp = await waitFor(async () => (await state())?.Running === true, { deadline: 10_000 });
  const ended = (await state())?.ExitCode;
  if (!isUp || (ended !== undefined && ended !== 0)) {
    throw new OperatorError({
      what: `The lab's ${kind} does not run.`,
      where: `container ${name}, exit code ${ended ?? "unknown"}`,
      why: await docker(["logs", "--tail", "10", name]).catch(() => "its log cannot be read"),
      next: `docker logs ${name}; then run make up again`,
    });
  }
}
