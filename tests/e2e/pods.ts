import { stringify } from "yaml";

import { readEnvironmentFile } from "../../environment/file";
import { connectCommand, CONNECTED, outcomeOf, smokeImage } from "../../operations/networkPods";
import { checkout } from "../../operations/paths";
import { environment, kubectl } from "./harness";

export { eventually, REFUSALS } from "../../operations/networkPods";

/** Kubernetes' own program for testing a cluster's network. */
export const agnhost = smokeImage(readEnvironmentFile(environment, { directory: checkout }));

/** Objects as one text for `kubectl apply -f -`. */
export const manifest = (objects: readonly object[]): string =>
  objects.map((object) => stringify(object)).join("---\n");

/** Whether a TCP connection from a pod with agnhost succeeds within 3 s; the reason otherwise. */
export async function connects(namespace: string, from: string, address: string): Promise<string> {
  try {
    await kubectl(["exec", "--namespace", namespace, from, "--", ...connectCommand(address)]);
    return CONNECTED;
  } catch (error) {
    return outcomeOf((error as Error).message);
  }
}
