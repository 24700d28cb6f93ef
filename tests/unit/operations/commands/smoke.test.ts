import type { KubernetesObject } from "../../../../kubernetes/kubectl";
import { OperatorError } from "../../../../lib/operatorError";
import { runSmoke, type SmokeApi } from "../../../../operations/commands/smoke";
import { placesOf, SMOKE_NAMESPACE } from "../../../../operations/smoke/zone";
import { site } from "../../environment/site";

const IMAGE = "registry.k8s.io/e2e-test-images/agnhost:2.63.0";
const pauses = { readySeconds: 0.02, interval: 1 };
const place = { zone: "lan", server: "worker1", clients: "worker2" };

interface Made extends KubernetesObject {
  items?: Made[];
}

/** A cluster in which pods are ready at once; `answers` says why a pod does not reach an address. */
class FakeApi implements SmokeApi {
  readonly events: string[] = [];
  ready = true;
  policies = new Set<string>();
  leftover: KubernetesObject | undefined;
  private pods: KubernetesObject[] = [];

  constructor(
    private readonly answer: (pod: string, address: string, api: FakeApi) => string | undefined,
  ) {}

  find<T extends KubernetesObject>(kind: string, { name }: { name: string }) {
    const account = { kind, metadata: { name } };
    return Promise.resolve((kind === "namespace" ? this.leftover : account) as T | undefined);
  }
  list<T extends KubernetesObject>(): Promise<T[]> {
    const conditions = [{ type: "Ready", status: this.ready ? "True" : "False" }];
    const waiting = { reason: "ImagePullBackOff", message: "not found" };
    const status = { conditions, containerStatuses: [{ state: { waiting } }] };
    return Promise.resolve(this.pods.map((pod) => ({ ...pod, status }) as unknown as T));
  }
  create(object: object): Promise<void> {
    const { kind, metadata, items = [] } = object as Made;
    this.events.push(kind === "List" ? `create ${items.length}` : `create ${kind}`);
    this.pods.push(...items.filter((one) => one.kind === "Pod"));
    if (kind === "NetworkPolicy") {
      this.policies.add(metadata.name);
    }
    return Promise.resolve();
  }
  remove(kind: string, { name }: { name: string }): Promise<void> {
    this.events.push(`remove ${kind} ${name}`);
    this.leftover = undefined;
    return Promise.resolve();
  }
  exec({ pod }: { pod: string }, command: readonly string[]): Promise<string> {
    const why = this.answer(pod, command[2]!, this);
    return why === undefined
      ? Promise.resolve("")
      : Promise.reject(new OperatorError({ what: "kubectl exec failed.", why, next: "" }));
  }
}

/** A network as it should be. */
const good = (pod: string, address: string, { policies }: FakeApi) =>
  policies.has("to-server-lan") && pod.startsWith("stranger") && address.startsWith("server")
    ? "TIMEOUT\ncommand terminated with exit code 1"
    : undefined;

const removed = `remove namespace ${SMOKE_NAMESPACE}`;

test("a good network passes every check, and everything goes again", async () => {
  const api = new FakeApi(good);
  const checks = await runSmoke(api, [place], IMAGE, pauses);
  expect(checks.map(({ ok }) => ok)).toEqual([true, true, true, true]);
  expect(checks.map(({ answer }) => answer)).toEqual([
    ...["connected", "connected"],
    ...["TIMEOUT", "connected"],
  ]);
  expect(api.events).toEqual(["create Namespace", "create 4", "create NetworkPolicy", removed]);
});

test("a network that enforces no policy is found out", async () => {
  const checks = await runSmoke(new FakeApi(() => undefined), [place], IMAGE, pauses);
  expect(checks.filter(({ ok }) => !ok)).toMatchObject([
    { zone: "lan", check: "a NetworkPolicy keeps out whom it does not name", answer: "connected" },
  ]);
});

test("a policy that also keeps out whom it names is found out", async () => {
  const api = new FakeApi((_, address, { policies }) =>
    policies.size > 0 && address.startsWith("server") ? "REFUSED" : undefined,
  );
  const checks = await runSmoke(api, [place], IMAGE, pauses);
  expect(checks.filter(({ ok }) => !ok).map(({ check }) => check)).toEqual([
    "and lets in whom it names",
  ]);
});

test("without a way between pods no policy is said to work", async () => {
  const api = new FakeApi((_, address) => (address.startsWith("server") ? "TIMEOUT" : undefined));
  const checks = await runSmoke(api, [place], IMAGE, pauses);
  expect(checks.map(({ check, ok }) => [check, ok])).toEqual([
    ["a name is found, the API answers", true],
    ["a pod reaches another", false],
  ]);
});

test("a zone whose pods find no name is told from the others", async () => {
  const api = new FakeApi((pod, address, api) =>
    pod.endsWith("-dmz") && address.startsWith("kubernetes")
      ? "DNS: lookup kubernetes.default"
      : good(pod, address, api),
  );
  const dmz = { zone: "dmz", server: "worker3", clients: "worker3" };
  const checks = await runSmoke(api, [place, dmz], IMAGE, pauses);
  expect(checks.filter(({ zone }) => zone === "lan").every(({ ok }) => ok)).toBe(true);
  expect(checks.find(({ zone }) => zone === "dmz")).toMatchObject({ ok: false, answer: "DNS" });
});

test("pods that do not get ready are named with the reason, and everything goes again", async () => {
  const api = new FakeApi(good);
  api.ready = false;
  await expect(runSmoke(api, [place], IMAGE, pauses)).rejects.toThrow(
    /3 of 3 pods are not ready[\s\S]*server-lan: ImagePullBackOff: not found[\s\S]*site:cni\.smoke/,
  );
  expect(api.events.at(-1)).toBe(removed);
});

test("what an interrupted run left is removed first; a namespace that is not ours is refused", async () => {
  const left = (labels: Record<string, string>) => ({
    kind: "Namespace",
    metadata: { name: SMOKE_NAMESPACE, labels },
  });
  const api = new FakeApi(good);
  api.leftover = left({ "sitewright/smoke": "" });
  await runSmoke(api, [place], IMAGE, pauses);
  expect(api.events.slice(0, 2)).toEqual([removed, "create Namespace"]);

  const foreign = new FakeApi(good);
  foreign.leftover = left({});
  await expect(runSmoke(foreign, [place], IMAGE, pauses)).rejects.toThrow(
    "was not made by this command",
  );
  expect(foreign.events).toEqual([]);
});

test("two ready workers of each zone are taken, one where there is no other", () => {
  const { places, missing } = placesOf(site("prd"), (name) => name !== "prdk8swok501");
  expect(places).toEqual([
    { zone: "lan", server: "prdk8swok502", clients: "prdk8swok503" },
    { zone: "dmz", server: "prdk8swok511", clients: "prdk8swok511" },
  ]);
  expect(missing).toEqual([]);
});

test("a zone without a ready worker is missing", () => {
  const { places, missing } = placesOf(site("prd"), (name) => name !== "prdk8swok511");
  expect(places.map(({ zone }) => zone)).toEqual(["lan"]);
  expect(missing).toEqual(["zone dmz: none of its workers is ready"]);
});
