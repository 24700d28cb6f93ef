import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { parse } from "yaml";

import { antreaConfiguration } from "../../../cluster/network/antrea/configuration";
import { podNetwork } from "../../../cluster/network/podNetwork";
import type { Environment } from "../../../environment/schema";
import { registeredBy } from "../apps/objects";
import { site } from "../environment/site";
import type { Registered } from "../mocks";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

type Antrea = Extract<Environment["cni"], { type: "antrea" }>;

/** What is registered for production, with other keys of its `cni`. */
async function run(keys: Partial<Antrea> = {}): Promise<Registered[]> {
  const environment = site("prd");
  const cni = { ...environment.cni, ...keys } as Antrea;
  const registered = await registeredBy(() =>
    podNetwork("pod-network", { environment: { ...environment, cni } }, {}),
  );
  return registered.filter(({ type }) => type.startsWith("kubernetes:"));
}

/** The same as production has it, once for all tests that only look. */
let made: Promise<Registered[]> | undefined;
const committed = () => (made ??= run());

const ofKind = (registered: Registered[], kind: string) =>
  registered.map(({ inputs }) => inputs).filter((inputs) => inputs["kind"] === kind);

interface Rule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}
const rulesOf = (registered: Registered[], kind: "Role" | "ClusterRole", name: string): Rule[] =>
  ofKind(registered, kind).find(({ metadata }) => metadata.name === name)!["rules"];

test("agents come after the controller, and the controller after all that it asks for", async () => {
  const requests = jest.spyOn(MockMonitor.prototype, "registerResource");
  try {
    const registered = await run();
    const sent = (name: string) =>
      requests.mock.calls.map(([request]) => request).find((one) => one.getName() === name)!;
    const before = (name: string) => sent(name).getDependenciesList().join("\n");

    expect(before("pod-network-antrea-agent")).toContain("::pod-network-antrea-controller");
    expect(before("pod-network-antrea-agent")).toContain("::pod-network-antrea-agent-binding");
    const needed = registered.filter(({ type }) =>
      /CustomResourceDefinition|APIService|WebhookConfiguration|ConfigMap|:Service$/.test(type),
    );
    expect(needed).toHaveLength(8 + 3 + 2 + 1 + 1);
    for (const { name } of needed) {
      expect(before("pod-network-antrea-controller")).toContain(`::${name}`);
    }
    // Seven nodes, two minutes each, after ten for the image.
    expect(sent("pod-network-antrea-agent").getCustomtimeouts().getUpdate()).toBe("24m");
  } finally {
    requests.mockRestore();
  }
});

test("one agent after the other is replaced, and the controller before all of them", async () => {
  const registered = await run({ version: "2.7.1" });
  const [agent] = ofKind(registered, "DaemonSet");
  const [controller] = ofKind(registered, "Deployment");
  expect(agent!["spec"].updateStrategy).toEqual({
    type: "RollingUpdate",
    rollingUpdate: { maxUnavailable: 1 },
  });
  const images = [agent, controller].flatMap(({ spec }: Registered["inputs"]) =>
    [...(spec.template.spec.initContainers ?? []), ...spec.template.spec.containers].map(
      ({ image }: { image: string }) => image,
    ),
  );
  expect(new Set(images)).toEqual(
    new Set([
      "docker.io/antrea/antrea-agent-ubuntu:v2.7.1",
      "docker.io/antrea/antrea-controller-ubuntu:v2.7.1",
    ]),
  );
});

test("an image can be pinned to its content and come from another registry", async () => {
  const registered = await run({
    controller: { image: "registry.coolcorp.priv/antrea/controller", digest: DIGEST },
  });
  expect(ofKind(registered, "Deployment")[0]!["spec"].template.spec.containers[0].image).toBe(
    `registry.coolcorp.priv/antrea/controller:v2.7.0@${DIGEST}`,
  );
});

test("a feature that a release does not know is not named to it", () => {
  const gates = (version: string) =>
    parse(antreaConfiguration({ version, serviceSubnet: "10.2.0.0/16" })["antrea-agent.conf"]!)
      .featureGates;
  expect(gates("2.6.3")).not.toHaveProperty("AntreaNodeConfig");
  expect(gates("2.7.0")).toMatchObject({ AntreaNodeConfig: false, AntreaPolicy: true });
});

test("both restart when their part of the configuration changes", async () => {
  const marks = async (subnet: string) => {
    const environment = site("prd");
    environment.kubernetes.serviceSubnet = subnet;
    const registered = await registeredBy(() => podNetwork("n", { environment }, {}));
    return ["DaemonSet", "Deployment"].map(
      (kind) =>
        ofKind(registered, kind)[0]!["spec"].template.metadata.annotations[
          "sitewright/configuration"
        ],
    );
  };
  const [agent, controller] = await marks("10.2.0.0/16");
  expect(await marks("10.2.0.0/16")).toEqual([agent, controller]);
  const [otherAgent, sameController] = await marks("10.3.0.0/16");
  expect(otherAgent).not.toBe(agent);
  expect(sameController).toBe(controller);
});

test("the controller runs on a control plane and starts before nodes are ready or initialized", async () => {
  const [controller] = ofKind(await committed(), "Deployment");
  const { nodeSelector, tolerations, hostNetwork } = controller!["spec"].template.spec;
  expect(hostNetwork).toBe(true);
  expect(nodeSelector).toHaveProperty(["node-role.kubernetes.io/control-plane"]);
  expect(tolerations).toContainEqual({ operator: "Exists", effect: "NoSchedule" });
});

test("only the agent itself is privileged", async () => {
  const registered = await committed();
  const containers = ["DaemonSet", "Deployment"].flatMap((kind) => {
    const { spec } = ofKind(registered, kind)[0]!["spec"].template;
    return [...(spec.initContainers ?? []), ...spec.containers];
  });
  expect(
    containers
      .filter(({ securityContext }) => securityContext.privileged === true)
      .map(({ name }) => name),
  ).toEqual(["antrea-agent"]);
});

describe("the accounts", () => {
  const accounts = ["antrea-agent", "antrea-controller"];

  test.each(accounts)(
    "%s has no wildcard and reads no Secret in the whole cluster",
    async (name) => {
      const rules = rulesOf(await committed(), "ClusterRole", name);
      expect(JSON.stringify(rules)).not.toContain("*");
      for (const { apiGroups, resources } of rules) {
        expect(apiGroups.includes("") && resources.includes("secrets")).toBe(false);
      }
    },
  );

  test("what is changed in the whole cluster is Antrea's own, or one object by its name", async () => {
    const registered = await committed();
    const writes = accounts
      .flatMap((name) => rulesOf(registered, "ClusterRole", name))
      .filter(({ verbs }) => verbs.some((verb) => !["get", "list", "watch"].includes(verb)))
      .filter(({ apiGroups }) => !apiGroups.every((group) => group.endsWith(".antrea.io")))
      .filter(({ resourceNames = [] }) => resourceNames.length === 0);
    // Questions, which change nothing.
    expect(writes.flatMap(({ resources }) => resources).sort()).toEqual([
      ...["subjectaccessreviews", "subjectaccessreviews"],
      ...["tokenreviews", "tokenreviews"],
    ]);
  });

  test("every kind they name has a definition, and every kind that is defined is asked for", async () => {
    const registered = await committed();
    const defined = ofKind(registered, "CustomResourceDefinition").map(
      ({ spec }) => spec.names.plural as string,
    );
    const named = accounts
      .flatMap((name) => rulesOf(registered, "ClusterRole", name))
      .filter(({ apiGroups }) => apiGroups.includes("crd.antrea.io"))
      .flatMap(({ resources }) => resources.map((resource) => resource.split("/")[0]));
    expect([...new Set(named)].sort()).toEqual(defined.sort());
  });

  test("the API services and webhooks that get the controller's CA are those that are there", async () => {
    const registered = await committed();
    const names = ["APIService", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"]
      .flatMap((kind) => ofKind(registered, kind))
      .map(({ metadata }) => {
        // By this label the controller finds them.
        expect(metadata.labels).toMatchObject({ "served-by": "antrea-controller" });
        return metadata.name as string;
      });
    const changed = rulesOf(registered, "ClusterRole", "antrea-controller")
      .filter(({ apiGroups: [group] }) => /registration\.k8s\.io$/.test(group!))
      .flatMap(({ resourceNames = [] }) => resourceNames);
    expect(changed.sort()).toEqual(names.sort());
  });
});

test("a webhook asks for a kind that is defined, in a version it has", async () => {
  const registered = await committed();
  const kinds = ofKind(registered, "CustomResourceDefinition").map(({ spec }) => [
    spec.names.plural,
    ...spec.versions.map(({ name }: { name: string }) => name),
  ]);
  const webhooks = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"].flatMap(
    (kind) => ofKind(registered, kind)[0]!["webhooks"],
  );
  expect(webhooks).toHaveLength(7);
  for (const { rules, clientConfig } of webhooks) {
    expect(kinds).toContainEqual([...rules[0].resources, ...rules[0].apiVersions]);
    expect(clientConfig.service).toMatchObject({ name: "antrea", namespace: "kube-system" });
  }
});
