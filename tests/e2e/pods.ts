import { stringify } from "yaml";

import { kubectl } from "./harness";

/** Kubernetes' own program for testing a cluster's network. */
export const agnhost = "registry.k8s.io/e2e-test-images/agnhost:2.63.0";

/** How `connects` says that a policy is in the way: kube-router rejects, others drop. */
export const REFUSALS = ["REFUSED", "TIMEOUT"];

/** Objects as one text for `kubectl apply -f -`. */
export const manifest = (objects: readonly object[]): string =>
  objects.map((object) => stringify(object)).join("---\n");

/** Whether a TCP connection from a pod with agnhost succeeds within 3 s; the reason otherwise. */
export async function connects(namespace: string, from: string, address: string): Promise<string> {
  const command = ["/agnhost", "connect", address, "--timeout=3s"];
  try {
    await kubectl(["exec", "--namespace", namespace, from, "--", ...command]);
    return "connected";
  } catch (error) {
    return /TIMEOUT|REFUSED|DNS/.exec((error as Error).message)?.[0] ?? (error as Error).message;
  }
}

/** Asks every 500 ms, for 30 s at most, until the answer is one of the expected; returns the last. */
export async function eventually(
  expected: readonly string[],
  ask: () => Promise<string>,
): Promise<string> {
  for (const deadline = Date.now() + 30_000; ;) {
    const answer = await ask();
    if (expected.includes(answer) || Date.now() > deadline) {
      return answer;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
