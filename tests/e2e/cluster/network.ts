import { readEnvironmentFile } from "../../environment";
import { checkout } from "../../../lib/paths";
import {
  API_SERVICE,
  networkPod,
  onlyFrom,
  PORT,
  serviceBefore,
} from "../../../operations/smoke/networkPods";
import { SMOKE_NAMESPACE } from "../../../operations/smoke/zone";
import { environment, expectSuccess, type Finished, kubectl, make } from "../support/harness";
import { agnhost, CONNECTED, connects as connectsIn, manifest, REFUSALS } from "./pods";

const namespace = "e2e-network";

/** Whether a TCP connection from one of the pods succeeds, as pods.ts says. */
const connects = (expected: readonly string[], from: string, address: string): Promise<string> =>
  connectsIn(expected, namespace, from, address);

export function network(): void {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const workers = site.nodes.filter(({ role }) => role === "worker");
  const lan = workers.filter(({ zone }) => zone === site.loadBalancer.zone).map(({ name }) => name);
  const dmz = workers.filter(({ zone }) => zone !== site.loadBalancer.zone).map(({ name }) => name);

  /** It makes a namespace of its own, and mostly waits. */
  let smoke: Promise<Finished>;

  beforeAll(async () => {
    smoke = make("smoke");
    // On each worker a pod of its name, reached through a Service of the same name.
    const objects = workers.flatMap(({ name }) => [
      networkPod({ namespace, name, node: name, image: agnhost }),
      serviceBefore({ namespace, name }),
    ]);
    const home = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
    await kubectl(["apply", "-f", "-"], manifest([home, ...objects]));
    await kubectl([
      "wait",
      "-n",
      namespace,
      "pod",
      "--all",
      "--for=condition=Ready",
      "--timeout=90s",
    ]);
  });

  afterAll(async () => {
    await kubectl(["delete", "namespace", namespace, "--wait=false"]);
  });

  test.each(workers)("a pod on $name finds a service by DNS and reaches it", async ({ name }) => {
    expect(await connects([CONNECTED], name, API_SERVICE)).toBe("connected");
  });

  test.each(lan)("a pod on %s reaches a pod on another LAN worker by its service", async (from) => {
    const to = lan.find((other) => other !== from);
    expect(await connects([CONNECTED], from, `${to}:${PORT}`)).toBe("connected");
  });

  test("a pod in the DMZ does not reach the LAN's pods: that flow is not open", async () => {
    expect(await connects(["TIMEOUT"], dmz[0], `${lan[0]}:${PORT}`)).toBe("TIMEOUT");
  });

  test("a NetworkPolicy lets in only the peers that it names", async () => {
    const [to, friend, stranger] = lan;
    await kubectl(["apply", "-f", "-"], manifest([onlyFrom(namespace, to, friend)]));
    const address = `${to}:${PORT}`;
    expect(REFUSALS).toContain(await connects(REFUSALS, stranger, address));
    expect(await connects([CONNECTED], friend, address)).toBe("connected");
    await kubectl(["delete", "networkpolicy", "--namespace", namespace, `to-${to}`]);
    expect(await connects([CONNECTED], stranger, address)).toBe("connected");
  });

  test("make smoke comes to the same in every zone, and leaves nothing", async () => {
    const finished = await smoke;
    expectSuccess(finished);
    for (const zone of Object.keys(site.zones)) {
      expect(finished.output).toMatch(
        new RegExp(`^${zone} +a NetworkPolicy keeps out whom it does not name +ok `, "m"),
      );
    }
    const found = ["get", "namespace", SMOKE_NAMESPACE, "--ignore-not-found", "--output=name"];
    expect(await kubectl(found)).toBe("");
  });
}
