import { readEnvironmentFile } from "../../environment";
import type { NamespaceSpec } from "../../../environment/schema";
import { cpuText, mebibytes, memoryText, milliCpus } from "../../../environment/schema/quantities";
import { hardenedContainer, hardenedPod } from "../../../kubernetes/restricted";
import { checkout } from "../../../lib/paths";
import { environment, kubectl } from "../support/harness";
import { agnhost, CONNECTED, connects, manifest, REFUSALS } from "./pods";

/** A namespace beside the site's, without any policy: what is refused to its pods, others refuse. */
const foreign = "e2e-namespaces";
const caller = "e2e-caller";
const hungryPod = "e2e-hungry";
const privilegedPod = "e2e-privileged";

const DNS = "kube-dns.kube-system.svc.cluster.local";
const API = "kubernetes.default.svc.cluster.local:443";

interface PodObject {
  spec: { nodeName: string; containers: { resources: unknown }[] };
  status: { podIP: string };
}

/** A pod that satisfies level restricted and says nothing about resources, on one node. */
function callerIn(namespace: string, nodeName: string): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: caller, namespace },
    spec: {
      nodeName,
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: hardenedPod,
      containers: [
        { name: "agnhost", image: agnhost, args: ["pause"], securityContext: hardenedContainer },
      ],
    },
  };
}

/** The API's answer to an object that it must refuse. */
async function refusal(object: object): Promise<string> {
  try {
    await kubectl(["create", "-f", "-"], manifest([object]));
    return "created";
  } catch (error) {
    return (error as Error).message;
  }
}

export function namespaces(): void {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const controlPlane = site.nodes.find(({ role }) => role === "control-plane")!;
  const workerOf = ({ zone }: Pick<NamespaceSpec, "zone">) =>
    site.nodes.find((node) => node.role === "worker" && node.zone === zone)!;
  const { namespace: home } = site.apps.whoami;
  const restricted = site.namespaces.filter(({ podSecurity }) => podSecurity === "restricted");
  const bounded = site.namespaces.filter(({ quota, limits }) => quota && limits);
  /** The site's own, and the one that Kubernetes makes. */
  const closed = [...site.namespaces, { name: "default", zone: site.loadBalancer.zone }];
  let whoami: PodObject[];

  beforeAll(async () => {
    whoami = await podsIn(home, "--selector=app=whoami");
    const callers = [
      // Beside one of whoami's pods, so that one is reached through the bridge and the other through the tunnel.
      callerIn(foreign, whoami[0].spec.nodeName),
      ...closed.map((one) => callerIn(one.name, workerOf(one).name)),
    ];
    const ground = { apiVersion: "v1", kind: "Namespace", metadata: { name: foreign } };
    await kubectl(["apply", "-f", "-"], manifest([ground, ...callers]));
    for (const namespace of [foreign, ...closed.map(({ name }) => name)]) {
      const ready = ["--for=condition=Ready", "--timeout=90s"];
      await kubectl(["wait", "--namespace", namespace, `pod/${caller}`, ...ready]);
    }
  });

  afterAll(async () => {
    const pods = [caller, hungryPod, privilegedPod];
    await Promise.all([
      ...closed.map(({ name }) =>
        kubectl(["delete", "pod", "--namespace", name, ...pods, "--ignore-not-found"]),
      ),
      kubectl(["delete", "namespace", foreign, "--ignore-not-found", "--timeout=60s"]),
    ]);
  });

  test("a pod in a foreign namespace does not reach whoami's pods, on its own node nor on another", async () => {
    expect(whoami.length).toBeGreaterThan(1);
    for (const { status } of whoami) {
      const address = `${status.podIP}:8080`;
      expect(REFUSALS).toContain(await connects(REFUSALS, foreign, caller, address));
    }
  });

  test.each([
    ["the API", API],
    ["CoreDNS at another port", `${DNS}:9153`],
    ["the kubelet of a control plane", `${controlPlane.address}:10250`],
  ])(
    "a pod under no policy reaches %s, so that the refusals below are the policies'",
    async (_, to) => {
      expect(await connects([CONNECTED], foreign, caller, to)).toBe("connected");
    },
  );

  describe.each(closed)("a pod without allowance in $name", ({ name, zone }) => {
    test("reaches the DNS", async () => {
      expect(await connects([CONNECTED], name, caller, `${DNS}:53`)).toBe("connected");
    });

    test.each([
      ["the API by its service", API],
      ["an API server by its address", `${controlPlane.address}:${site.kubernetes.apiPort}`],
      ["CoreDNS at another port", `${DNS}:9153`],
      ["the kubelet of a control plane", `${controlPlane.address}:10250`],
      ["the kubelet of its own node", `${workerOf({ zone }).address}:10250`],
      ["the ingress", `traefik.${site.apps.ingress.namespace}.svc.cluster.local:443`],
      ["whoami", `whoami.${home}.svc.cluster.local:80`],
    ])("does not reach %s", async (_, to) => {
      expect(REFUSALS).toContain(await connects(REFUSALS, name, caller, to));
    });
  });

  test.each(restricted)("$name rejects a privileged pod", async (one) => {
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: privilegedPod, namespace: one.name },
      spec: {
        nodeName: workerOf(one).name,
        containers: [{ name: "agnhost", image: agnhost, securityContext: { privileged: true } }],
      },
    };
    expect(await refusal(pod)).toMatch(/violates PodSecurity "restricted:/);
  });

  test.each(bounded)(
    "$name gives a container that names no resources its defaults",
    async (one) => {
      const [pod] = await podsIn(one.name, `--field-selector=metadata.name=${caller}`);
      const { defaultRequest, default: limits } = one.limits!;
      expect(pod.spec.containers[0].resources).toEqual({ requests: defaultRequest, limits });
    },
  );

  test.each(bounded)("$name refuses a container above its maximum", async (one) => {
    const limits = { memory: memoryText(mebibytes(one.limits!.max.memory) + 1) };
    expect(await refusal(hungry(one, 1, limits))).toContain(
      "maximum memory usage per Container is",
    );
  });

  test.each(bounded)("$name refuses a pod that exceeds its quota", async (one) => {
    const { memory } = one.limits!.max;
    const containers = Math.floor(mebibytes(one.quota!.limits.memory) / mebibytes(memory)) + 1;
    expect(await refusal(hungry(one, containers, { memory }))).toMatch(
      /exceeded quota: namespace, .*limits\.memory=/,
    );
  });

  test("a quota allows what the environment says, and counts what is there", async () => {
    for (const { name, quota } of bounded) {
      const text = await kubectl(["get", "resourcequota", "namespace", "-n", name, "-o", "json"]);
      const { status } = JSON.parse(text) as {
        status: { hard: Record<string, string>; used: Record<string, string> };
      };
      expect(status.hard).toEqual({
        "requests.cpu": cpuText(milliCpus(quota!.requests.cpu)),
        "requests.memory": memoryText(mebibytes(quota!.requests.memory)),
        "requests.ephemeral-storage": memoryText(mebibytes(quota!.requests["ephemeral-storage"]!)),
        "limits.cpu": cpuText(milliCpus(quota!.limits.cpu)),
        "limits.memory": memoryText(mebibytes(quota!.limits.memory)),
        "limits.ephemeral-storage": memoryText(mebibytes(quota!.limits["ephemeral-storage"]!)),
        pods: `${quota!.pods}`,
        persistentvolumeclaims: `${quota!.persistentVolumeClaims}`,
      });
      expect(Number(status.used["pods"])).toBeGreaterThan(0);
    }
  });

  /** A pod of several containers that each have these limits. It waits: no scheduler of that name is there. */
  function hungry({ name }: NamespaceSpec, containers: number, limits: object): object {
    return {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: hungryPod, namespace: name },
      spec: {
        schedulerName: "none",
        securityContext: hardenedPod,
        containers: Array.from({ length: containers }, (_, index) => ({
          name: `agnhost-${index}`,
          image: agnhost,
          securityContext: hardenedContainer,
          resources: { limits },
        })),
      },
    };
  }
}

async function podsIn(namespace: string, ...selection: string[]): Promise<PodObject[]> {
  const list = await kubectl(["get", "pods", "--namespace", namespace, ...selection, "-o", "json"]);
  return (JSON.parse(list) as { items: PodObject[] }).items;
}
