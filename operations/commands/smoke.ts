import { readEnvironmentFile } from "../../apps/environment";
import { Kubectl, type KubernetesObject } from "../../kubernetes/kubectl";
import { OperatorError } from "../../lib/operatorError";
import { checkout } from "../../lib/paths";
import { poll } from "../../lib/poll";
import { table } from "../../lib/table";
import { writeKubeconfig } from "../engine/kubeconfigFile";
import { eventually, smokeImage } from "../smoke/networkPods";
import {
  type Check,
  checkZone,
  type Place,
  placesOf,
  podsOf,
  SMOKE_NAMESPACE,
} from "../smoke/zone";
import { readinessOf, readNodes } from "../status/nodeReadiness";

/** The part of kubectl this needs. */
export type SmokeApi = Pick<Kubectl, "find" | "list" | "create" | "remove" | "exec">;

/** This label marks a namespace as ours, also one that an interrupted run has left. */
const LABEL = "sitewright/smoke";

/** Seconds for the pods to be ready, the image not being on any node yet. */
const READY_SECONDS = 180;

/**
 * Tests the pod network of a running site: on nodes of each zone pods find names and reach each other, and a NetworkPolicy
 * keeps out whom it does not name. What it makes is in a namespace of its own and goes with it, whatever the result.
 *
 * @throws OperatorError when a check fails or cannot be made.
 */
export async function smoke(environment: string): Promise<void> {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const kubeconfig = await writeKubeconfig(environment);
  const ready = await readyNodes(kubeconfig);
  const { places, missing } = placesOf(site, (name) => ready.has(name));
  const checks = await runSmoke(new Kubectl(kubeconfig), places, smokeImage(site));
  console.log(table(["ZONE", "CHECK", "RESULT", "PODS"], checks.map(row)));
  const failed = checks.filter(({ ok }) => !ok);
  if (failed.length > 0 || missing.length > 0) {
    throw new OperatorError({
      what: `The pod network of ${environment} does not do what it should.`,
      why: [
        ...failed.map(({ zone, check, answer }) => `zone ${zone}, ${check}: ${answer}`),
        ...missing,
      ].join("\n"),
      next:
        "make status shows the nodes; the pod network's agents are the DaemonSets in kube-system. Where only one zone fails,\n" +
        "compare the firewall between the zones with the flows of the environment.",
    });
  }
  console.log(`\nThe pod network of ${environment} (${site.cni.type}) does what it should.`);
}

/** @throws OperatorError when the API does not answer. */
async function readyNodes(kubeconfig: string): Promise<Set<string>> {
  try {
    const nodes = readinessOf(await readNodes(kubeconfig));
    return new Set([...nodes].filter(([, { ready }]) => ready === "Ready").map(([name]) => name));
  } catch (error) {
    throw new OperatorError({
      what: "The cluster's API does not answer.",
      why: (error as Error).message,
      next: "make status shows what is up",
    });
  }
}

const row = ({ zone, check, ok, answer, pods }: Check) => [
  zone,
  check,
  ok ? "ok" : `FAILED: ${answer}`,
  pods,
];

/**
 * Makes the pods, checks all zones at once, and removes everything again; nothing for no zone.
 *
 * @throws OperatorError when there is a namespace of that name that is not ours, or pods do not get ready.
 */
export async function runSmoke(
  api: SmokeApi,
  places: readonly Place[],
  image: string,
  pauses: { readySeconds?: number; interval?: number } = {},
): Promise<Check[]> {
  if (places.length === 0) {
    return [];
  }
  await removeLeftovers(api);
  try {
    await api.create({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name: SMOKE_NAMESPACE,
        labels: { [LABEL]: "", "pod-security.kubernetes.io/enforce": "restricted" },
      },
    });
    await hasAccount(api, pauses);
    const items = places.flatMap((place) => podsOf(place, image));
    await api.create({ apiVersion: "v1", kind: "List", items });
    await allReady(api, pauses);
    return (await Promise.all(places.map((place) => checkZone(api, place, pauses)))).flat();
  } finally {
    await api.remove("namespace", { namespace: SMOKE_NAMESPACE, name: SMOKE_NAMESPACE });
  }
}

async function removeLeftovers(api: SmokeApi): Promise<void> {
  const place = { namespace: SMOKE_NAMESPACE, name: SMOKE_NAMESPACE };
  const found = await api.find("namespace", place);
  if (found === undefined) {
    return;
  }
  if (found.metadata.labels?.[LABEL] === undefined) {
    throw new OperatorError({
      what: `There is a namespace ${SMOKE_NAMESPACE} that was not made by this command.`,
      why: `it lacks the label ${LABEL}, and this command removes the namespace of that name when it ends`,
      next: "give what is in it another namespace, then delete it",
    });
  }
  await api.remove("namespace", place);
}

/** Pods run as the namespace's account `default`, which Kubernetes makes a moment after the namespace. */
async function hasAccount(api: SmokeApi, { interval }: { interval?: number }): Promise<void> {
  const ask = async () => {
    const place = { namespace: SMOKE_NAMESPACE, name: "default" };
    return (await api.find("serviceaccount", place)) === undefined ? "missing" : "there";
  };
  // Without it the pods are refused, with a reason that says so.
  await eventually(["there"], ask, { interval });
}

interface Pod extends KubernetesObject {
  status?: {
    conditions?: { type: string; status: string }[];
    containerStatuses?: { state?: { waiting?: { reason?: string; message?: string } } }[];
  };
}

async function allReady(
  api: SmokeApi,
  { readySeconds = READY_SECONDS, interval = 500 }: { readySeconds?: number; interval?: number },
): Promise<void> {
  const { pods, waiting } = await poll(
    async () => {
      const pods = await api.list<Pod>("pods", { namespace: SMOKE_NAMESPACE });
      return { pods, waiting: pods.filter((pod) => !isReady(pod)) };
    },
    ({ pods, waiting }) => pods.length > 0 && waiting.length === 0,
    { deadline: readySeconds * 1000, interval },
  );
  if (pods.length === 0 || waiting.length > 0) {
    throw new OperatorError({
      what: `${waiting.length} of ${pods.length} pods are not ready after ${readySeconds} s.`,
      where: `namespace ${SMOKE_NAMESPACE}`,
      why: waiting.map(reason).join("\n"),
      next:
        "an image that cannot be fetched: set site:cni.smoke to one your nodes have; otherwise the pod network's agent\n" +
        "on that node, one of the DaemonSets in kube-system, has the reason in its log",
    });
  }
}

const isReady = ({ status }: Pod): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false;

function reason({ metadata, status }: Pod): string {
  const waiting = status?.containerStatuses?.[0]?.state?.waiting;
  const known = [waiting?.reason, waiting?.message].filter(Boolean).join(": ");
  return `${metadata.name}: ${known === "" ? "it does not answer the kubelet" : known}`;
}
