import { smokeImage as imageWithoutDigest } from "../../environment/images/imagesOf";
import { withDigest } from "../../environment/images/lock";
import type { Environment } from "../../environment/schema";
import { hardenedContainer, hardenedPod } from "../../kubernetes/restricted";
import { poll } from "../../lib/poll";

/** Port on which the pods below listen. */
export const PORT = 8080;

/** How `outcomeOf` says that a policy is in the way: kube-router rejects, Antrea and others drop. */
export const REFUSALS: readonly string[] = ["REFUSED", "TIMEOUT"];

/** What `outcomeOf` says of a connection that came about. */
export const CONNECTED = "connected";

/** The API's Service by its name: who connects to it has asked the cluster's name server. */
export const API_SERVICE = "kubernetes.default.svc.cluster.local:443";

/** Image of the pods with which the environment's network is tested, by its digest if the lockfile has one. */
export function smokeImage({ cni, imageLock }: Pick<Environment, "cni" | "imageLock">): string {
  return withDigest(imageWithoutDigest(cni), imageLock);
}

/** A pod that listens on PORT and is made to ask others. */
export interface NetworkPod {
  namespace: string;
  name: string;
  /** The node it runs on, whatever that one's taints. */
  node: string;
  image: string;
}

/** agnhost on one node, within level restricted; its only label is its name. */
export function networkPod({ namespace, name, node, image }: NetworkPod): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels: { app: name } },
    spec: {
      nodeName: node,
      tolerations: [{ operator: "Exists" }],
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: hardenedPod,
      containers: [
        {
          name: "agnhost",
          image,
          args: ["netexec", `--http-port=${PORT}`],
          resources: {
            requests: { cpu: "10m", memory: "16Mi" },
            limits: { cpu: "200m", memory: "64Mi" },
          },
          readinessProbe: { httpGet: { path: "/", port: PORT }, periodSeconds: 1 },
          securityContext: hardenedContainer,
        },
      ],
    },
  };
}

/** A Service of the pod's name before it. */
export function serviceBefore({ namespace, name }: Pick<NetworkPod, "namespace" | "name">): object {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace },
    spec: { selector: { app: name }, ports: [{ port: PORT }] },
  };
}

/** Lets only the pod `from` reach the pod `to`. */
export function onlyFrom(namespace: string, to: string, from: string): object {
  const pods = (app: string): object => ({ matchLabels: { app } });
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: `to-${to}`, namespace },
    spec: {
      podSelector: pods(to),
      policyTypes: ["Ingress"],
      ingress: [{ from: [{ podSelector: pods(from) }] }],
    },
  };
}

/** What to run in such a pod to open a TCP connection, for 3 s at most. */
export function connectCommand(address: string): string[] {
  return ["/agnhost", "connect", address, "--timeout=3s"];
}

/** Why a connection did not come about, from what the command above printed: TIMEOUT, REFUSED, DNS, or all of the text. */
export function outcomeOf(printed: string): string {
  return /TIMEOUT|REFUSED|DNS/.exec(printed)?.[0] ?? printed;
}

/** Asks every 500 ms, for 30 s at most, until the answer is one of the expected; returns the last. */
export function eventually(
  expected: readonly string[],
  ask: () => Promise<string>,
  { seconds = 30, interval = 500 } = {},
): Promise<string> {
  return poll(ask, (answer) => expected.includes(answer), { deadline: seconds * 1000, interval });
}
