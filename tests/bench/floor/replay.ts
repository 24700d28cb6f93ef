import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { execa } from "execa";

import { joinConfig } from "../../../cluster/kubeadm/kubeadmConfig";
import { bootstrapTokenOutput } from "../../../cluster/kubeadm/bootstrapToken";
import { caCertificate } from "../../../cluster/state/caCertificate";
import type { Infra } from "../../../environment/contracts";
import type { Environment } from "../../../environment/schema";
import { toolchain } from "../../../lib/paths";
import { withTemporaryFolder } from "../../../lib/temporaryFolder";
import { logIn } from "../../../operations/machines/login";
import { fastestOrder, mintFor } from "./order";
import { OBJECTS, PATCHES, type RecordedCluster, type RecordedStep } from "./recorded";

/** Seconds for one step. */
const STEP_SECONDS = 900;

/** Where a cluster was recorded, and where it is made again. */
export interface Places {
  recorded: Infra;
  /** Certificate of the recorded cluster's CA, PEM. */
  recordedCa: string;
  fresh: Infra;
  /** Private key of the user who logs in on the fresh machines. */
  privateKey: string;
}

/** Runs tasks as soon as all that they wait for is done; rejects with the first failure. */
export async function inOrder(
  order: ReadonlyMap<string, readonly string[]>,
  task: (name: string) => Promise<void>,
): Promise<void> {
  const begun = new Map<string, Promise<void>>();
  const begin = (name: string): Promise<void> => {
    const known = begun.get(name);
    if (known !== undefined) {
      return known;
    }
    // In another turn, so that a circle ends in a promise of its own and not in a full stack.
    const made = Promise.resolve()
      .then(() => Promise.all((order.get(name) ?? []).map(begin)))
      .then(() => task(name));
    begun.set(name, made);
    return made;
  };
  await Promise.all([...order.keys()].map(begin));
}

/** The text with what was true of the recorded machines as it is of the fresh ones: UUIDs and host keys. */
export function onFreshMachines(
  text: string,
  { recorded, fresh }: Pick<Places, "recorded" | "fresh">,
): string {
  const all = (infra: Infra) => [...infra.loadBalancers, ...infra.nodes];
  return all(recorded).reduce((rest, { name, vmId, hostKey }) => {
    const now = all(fresh).find((one) => one.name === name);
    return now === undefined
      ? rest
      : rest.replaceAll(vmId, now.vmId).replaceAll(hostKey.trim(), now.hostKey.trim());
  }, text);
}

/** The objects that have pods. */
export function workloadsOf(
  objects: readonly object[],
): { kind: string; namespace: string; name: string }[] {
  return objects.flatMap((object) => {
    const { kind, metadata } = object as {
      kind: string;
      metadata: { name: string; namespace?: string };
    };
    return kind === "DaemonSet" || kind === "Deployment"
      ? [{ kind, name: metadata.name, namespace: metadata.namespace ?? "default" }]
      : [];
  });
}

/** Makes the recorded cluster on fresh machines, as fast as can be; the seconds until it has all that the program makes. */
export function replay(
  environment: Environment,
  cluster: RecordedCluster,
  places: Places,
): Promise<number> {
  return withTemporaryFolder(async (folder) => {
    const begun = Date.now();
    const controlPlanes = environment.nodes
      .filter(({ role }) => role === "control-plane")
      .map(({ name }) => name);
    const printed = new Map<string, string>();
    let ca: string | undefined;
    const kubeconfig = join(folder, "kubeconfig");
    const kubectl = async (args: string[], input?: object[]): Promise<void> => {
      await execa(join(toolchain, "bin", "kubectl"), ["--kubeconfig", kubeconfig, ...args], {
        ...(input === undefined
          ? { stdin: "ignore" as const }
          : { input: JSON.stringify({ apiVersion: "v1", kind: "List", items: input }) }),
        timeout: STEP_SECONDS * 1000,
      });
    };
    const apply = async (objects: object[]): Promise<void> => {
      if (objects.length > 0) {
        const owned = ["--server-side", "--force-conflicts", "--field-manager=bench"];
        await kubectl(["apply", ...owned, "--filename=-"], objects);
      }
    };

    const stdinOf = (step: RecordedStep): string | undefined => {
      const node = environment.nodes.find(({ name }) => name === step.machine);
      if (step.kind === "join" && node !== undefined && ca !== undefined) {
        const [mint = ""] = mintFor(cluster.steps, step, controlPlanes);
        const secrets = bootstrapTokenOutput.parse(JSON.parse(printed.get(mint) ?? ""));
        return joinConfig(environment, node, { ...secrets, caCertificate: ca });
      }
      const text = step.stdin?.replaceAll(places.recordedCa.trim(), (ca ?? "").trim());
      return text === undefined ? undefined : onFreshMachines(text, places);
    };

    const logInFor = async (step: RecordedStep): Promise<void> => {
      const machine = [...places.fresh.nodes, ...places.fresh.loadBalancers].find(
        ({ address }) => address === step.login.address,
      );
      if (machine === undefined) {
        throw new Error(`${step.name}: there is no machine at ${step.login.address}`);
      }
      const { address, hostKey } = machine;
      const stdin = stdinOf(step);
      const input = join(folder, `${step.name}.stdin`);
      if (stdin !== undefined) {
        writeFileSync(input, stdin, { mode: 0o600 });
      }
      const answer = await logIn(
        { address, hostKey, user: places.fresh.sshUser, privateKey: places.privateKey },
        onFreshMachines(step.command, places),
        STEP_SECONDS,
        stdin === undefined ? {} : { input },
      );
      if (!answer.ok) {
        throw new Error(`${step.name} has failed:\n${answer.stderr.slice(-4000)}`);
      }
      printed.set(step.name, answer.stdout);
      if (step.kind === "initialize") {
        ca = caCertificate(answer.stdout);
        writeFileSync(kubeconfig, answer.stdout, { mode: 0o600 });
      }
      console.log(`  ${((Date.now() - begun) / 1000).toFixed(0).padStart(4)} s  ${step.name}`);
    };

    await inOrder(fastestOrder(cluster, controlPlanes), async (name) => {
      if (name === OBJECTS) {
        const isNamespace = (one: object): boolean => "kind" in one && one.kind === "Namespace";
        await apply(cluster.objects.filter(isNamespace));
        await apply(cluster.objects.filter((one) => !isNamespace(one)));
      } else if (name === PATCHES) {
        await apply(cluster.patches);
      } else {
        await logInFor(cluster.steps.find((step) => step.name === name)!);
      }
    });
    // As the program, which waits for each object that has pods.
    await kubectl(["wait", "--for=condition=Ready", "nodes", "--all", "--timeout=300s"]);
    for (const { kind, namespace, name } of workloadsOf(cluster.objects)) {
      const here = `--namespace=${namespace}`;
      await kubectl(["rollout", "status", `${kind}/${name}`, here, "--timeout=300s"]);
    }
    return (Date.now() - begun) / 1000;
  });
}
