import { readEnvironmentFile } from "../../environment/file";
import { checkout } from "../../operations/paths";
import { environment, kubectl } from "./harness";
import { agnhost, connects as connectsIn, eventually, manifest, REFUSALS } from "./pods";

const namespace = "e2e-network";
const port = 8080;

/** A server on one worker, reached through a Service of the same name. */
function serverOn(worker: string): object[] {
  return [
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: worker, namespace, labels: { app: worker } },
      spec: {
        nodeName: worker,
        terminationGracePeriodSeconds: 1,
        automountServiceAccountToken: false,
        containers: [
          {
            name: "agnhost",
            image: agnhost,
            args: ["netexec", `--http-port=${port}`],
            readinessProbe: { httpGet: { path: "/", port }, periodSeconds: 1 },
          },
        ],
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: worker, namespace },
      spec: { selector: { app: worker }, ports: [{ port }] },
    },
  ];
}

/** Lets only the pods of `from` reach the pods of `to`. */
function policy(to: string, from: string): object {
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

/** Whether a TCP connection from a pod succeeds; the reason otherwise. */
const connects = (from: string, address: string): Promise<string> =>
  connectsIn(namespace, from, address);

export function network(): void {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const workers = site.nodes.filter(({ role }) => role === "worker");
  const lan = workers.filter(({ zone }) => zone === site.loadBalancer.zone).map(({ name }) => name);
  const dmz = workers.filter(({ zone }) => zone !== site.loadBalancer.zone).map(({ name }) => name);

  beforeAll(async () => {
    const objects = workers.flatMap(({ name }) => serverOn(name));
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
    await kubectl(["delete", "namespace", namespace, "--wait=true", "--timeout=60s"]);
  });

  test.each(workers)("a pod on $name finds a service by DNS and reaches it", async ({ name }) => {
    expect(await connects(name, "kubernetes.default.svc.cluster.local:443")).toBe("connected");
  });

  test.each(lan)("a pod on %s reaches a pod on another LAN worker by its service", async (from) => {
    const to = lan.find((other) => other !== from);
    expect(await connects(from, `${to}:${port}`)).toBe("connected");
  });

  test("a pod in the DMZ does not reach the LAN's pods: that flow is not open", async () => {
    expect(await connects(dmz[0], `${lan[0]}:${port}`)).toBe("TIMEOUT");
  });

  test("a NetworkPolicy lets in whom it names and nobody else", async () => {
    const [to, friend, stranger] = lan;
    await kubectl(["apply", "-f", "-"], manifest([policy(to, friend)]));
    const refused = await eventually(REFUSALS, () => connects(stranger, `${to}:${port}`));
    expect(REFUSALS).toContain(refused);
    expect(await connects(friend, `${to}:${port}`)).toBe("connected");
    await kubectl(["delete", "networkpolicy", "--namespace", namespace, `to-${to}`]);
    expect(await eventually(["connected"], () => connects(stranger, `${to}:${port}`))).toBe(
      "connected",
    );
  });
}
