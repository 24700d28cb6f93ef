import { stringify } from "yaml";

import { hardenedContainer, hardenedPod } from "../../../kubernetes/restricted";
import { checkout } from "../../../lib/paths";
import { EditedCheckout } from "../../e2e/support/editedCheckout";
import {
  withChangedNode,
  withKey,
  withNodesLike,
  withoutNodes,
} from "../../e2e/support/environmentFile";
import { changesIn, environment, expectSuccess, kubectl, logins } from "../../e2e/support/harness";

import { readEnvironmentFile } from "../../environment";
import { bringUp, tryUp } from "../bringUp";
import { KubeletOf } from "../kubelet";
import { survives } from "../survives";

/** Its address is free in the site's LAN. */
const ADDED = { name: "hak8swok504", address: "172.30.110.64" };

/** Seconds for which a drain is tried while a budget forbids it. */
const DRAIN_SECONDS = 10;

/** Workers come and go: no other is touched, and a budget keeps one where it is. */
export function workers(): void {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const model = site.nodes.find(({ role }) => role === "worker")!.name;
  const others = site.nodes.filter(({ role }) => role === "worker").map(({ name }) => name);
  let edited: EditedCheckout;

  beforeAll(() => {
    edited = new EditedCheckout();
  });
  afterAll(async () => {
    await kubectl(["delete", "deployment,poddisruptionbudget", "stays", "--ignore-not-found"]);
    edited.remove();
  });

  const nodes = () => readEnvironmentFile(environment, { directory: edited.folder }).nodes;
  const names = async () =>
    (await kubectl(["get", "nodes", "--output=jsonpath={.items[*].metadata.name}"])).split(" ");

  test("one is added, in the first place of the list, without a login on the others", async () => {
    edited.edit(withNodesLike(model, [ADDED], 0));
    edited.edit(withKey(["site:maintenance", "drainSeconds"], DRAIN_SECONDS));
    const before = await logins(others);
    await survives("a worker is added", nodes(), () => bringUp(edited));
    expect((await logins(others)) - before).toBe(0);
    expect(await names()).toContain(ADDED.name);
    expect((await bringUp(edited)).flatMap(changesIn)).toEqual([]);
  });

  test("it is replaced under its own name and address", async () => {
    const id = () => kubectl(["get", "node", ADDED.name, "--output=jsonpath={.metadata.uid}"]);
    const before = await id();
    edited.edit(withChangedNode(ADDED.name, { generation: 2 }));
    await survives("a worker is replaced", nodes(), () => bringUp(edited));
    expect(await id()).not.toBe(before);
    expect((await bringUp(edited)).flatMap(changesIn)).toEqual([]);
  });

  test("a budget that never allows it keeps it: the pod and the budget are named, and the machine stays", async () => {
    const list = { apiVersion: "v1", kind: "List", items: stays(ADDED.name, site) };
    await kubectl(["apply", "--filename=-"], stringify(list));
    await kubectl(["rollout", "status", "deployment/stays", "--timeout=120s"]);
    edited.edit(withoutNodes(ADDED.name));
    const refused = await tryUp(edited);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toMatch(/default\/stays-\S+/);
    expect(refused.output).toContain("kept by the PodDisruptionBudget default/stays");
    const node = await kubectl(["get", "node", ADDED.name, "--output=json"]);
    expect(JSON.parse(node)).not.toHaveProperty("spec.unschedulable");
    // Its machine too: infra asks resources, which outputs of a failed update do not tell.
    await edited.make("up", { stack: "infra" });
    expect(await kubectl(["wait", "--for=condition=Ready", `node/${ADDED.name}`])).toContain("met");
  });

  test("once the budget is gone it leaves by plain pulumi too, cluster first, and its machine is deleted", async () => {
    const kubelet = await KubeletOf.machine(ADDED.name);
    expect(await kubelet.register()).toContain("AlreadyExists");
    await kubectl(["delete", "poddisruptionbudget", "stays"]);
    await survives("a worker leaves", nodes(), async () => {
      for (const stack of ["cluster", "infra"] as const) {
        const args = ["up", "--yes", "--skip-preview", "--stack", environment];
        expectSuccess(await edited.pulumi(stack, args));
      }
    });
    expect(await names()).not.toContain(ADDED.name);
    // What its kubelet had is still good: a machine that was given up may come back with it.
    expect(await kubelet.register()).toContain("is no member of this cluster");
    expect(await names()).not.toContain(ADDED.name);
    edited.revert();
    await bringUp(edited);
    expect((await bringUp(edited)).flatMap(changesIn)).toEqual([]);
  });
}

/** A pod on a node that a budget keeps there. */
function stays(node: string, { containerd }: ReturnType<typeof readEnvironmentFile>): object[] {
  const labels = { app: "stays" };
  const metadata = { name: "stays", namespace: "default" };
  return [
    {
      ...{ apiVersion: "apps/v1", kind: "Deployment", metadata },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            affinity: {
              nodeAffinity: {
                preferredDuringSchedulingIgnoredDuringExecution: [
                  {
                    weight: 100,
                    preference: {
                      matchExpressions: [
                        { key: "kubernetes.io/hostname", operator: "In", values: [node] },
                      ],
                    },
                  },
                ],
              },
            },
            securityContext: hardenedPod,
            containers: [
              {
                name: "stays",
                image: containerd.sandboxImage,
                securityContext: hardenedContainer,
              },
            ],
          },
        },
      },
    },
    {
      ...{ apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata },
      spec: { minAvailable: 1, selector: { matchLabels: labels } },
    },
  ];
}
