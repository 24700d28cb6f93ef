import { stringify } from "yaml";

import { placement } from "../../../apps/pods";
import { readEnvironmentFile } from "../../environment";
import type { Environment } from "../../../environment/schema";
import { hardenedContainer, hardenedPod } from "../../../kubernetes/restricted";
import { checkout } from "../../../lib/paths";
import {
  connectCommand,
  CONNECTED,
  eventually,
  outcomeOf,
  smokeImage,
} from "../../../operations/smoke/networkPods";
import { environment, kubectl } from "../support/harness";

export { CONNECTED, eventually, REFUSALS } from "../../../operations/smoke/networkPods";

/** Kubernetes' own program for testing a cluster's network. */
export const agnhost = smokeImage(readEnvironmentFile(environment, { directory: checkout }));

/** Objects as one text for `kubectl apply -f -`. */
export const manifest = (objects: readonly object[]): string =>
  objects.map((object) => stringify(object)).join("---\n");

/** The name of a test's object. */
interface Named {
  name: string;
  namespace: string;
  labels: Record<string, string>;
}

/** A claim of a few bytes. */
export function smallClaim({
  storageClassName,
  ...metadata
}: Named & { storageClassName: string }): object {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata,
    spec: {
      accessModes: ["ReadWriteOnce"],
      storageClassName,
      resources: { requests: { storage: "16Mi" } },
    },
  };
}

/** A pod that does nothing but hold the volume of the claim of its name, below /volume, for a group. */
export function mountingPod(
  site: Environment,
  { group, ...metadata }: Named & { group: number },
): object {
  const { name, namespace, labels } = metadata;
  const { nodeSelector, tolerations } = placement(site, namespace, labels);
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata,
    spec: {
      nodeSelector,
      tolerations: tolerations ?? [],
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { ...hardenedPod, fsGroup: group },
      containers: [
        {
          name: "agnhost",
          image: agnhost,
          args: ["pause"],
          securityContext: hardenedContainer,
          volumeMounts: [{ name: "volume", mountPath: "/volume" }],
        },
      ],
      volumes: [{ name: "volume", persistentVolumeClaim: { claimName: name } }],
    },
  };
}

/**
 * Whether a TCP connection from a pod with agnhost succeeds within 3 s; the reason otherwise. Asked until it is as expected: a node
 * learns of a new pod, Service or policy a moment after the API does.
 */
export function connects(
  expected: readonly string[],
  namespace: string,
  from: string,
  address: string,
): Promise<string> {
  return eventually(expected, async () => {
    try {
      await kubectl(["exec", "--namespace", namespace, from, "--", ...connectCommand(address)]);
      return CONNECTED;
    } catch (error) {
      return outcomeOf((error as Error).message);
    }
  });
}
