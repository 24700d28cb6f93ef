import {
  barePodFaults,
  type Budget,
  evictedPods,
  leftCordonedBy,
  keptPods,
  type PlacedPod,
} from "../../../../operations/leaving/drain";
import { etcdPod, node, pod } from "./objects";

const budget = (name: string, selector: object | undefined, disruptionsAllowed = 0): Budget => ({
  kind: "PodDisruptionBudget",
  metadata: { name, namespace: "apps" },
  spec: { selector },
  status: { disruptionsAllowed },
});
const kept = (one: PlacedPod, ...budgets: Budget[]) => keptPods("w4", [one], budgets)[0];

test("a drain evicts what is not on every node, not static, and has not ended", () => {
  const pods = [
    pod("web-0", "w4"),
    pod("web-1", "w5"),
    pod("agent", "w4", "DaemonSet"),
    etcdPod("w4"),
    { ...pod("job-1", "w4", "Job"), status: { phase: "Succeeded" } },
    pod("bare", "w4", ""),
    pod("waiting"),
  ];
  expect(evictedPods("w4", pods).map(({ metadata }) => metadata.name)).toEqual(["web-0", "bare"]);
});

test("a pod that no controller makes again is named, unless it ends by itself", () => {
  const ending = pod("bare-2", "w4", "");
  const pods = [
    pod("bare", "w4", ""),
    { ...ending, metadata: { ...ending.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } },
    pod("web-0", "w4"),
  ];
  expect(barePodFaults("w4", pods)).toEqual([
    expect.stringMatching(
      /^pod apps\/bare runs there, .*kubectl --namespace apps delete pod bare,/,
    ),
  ]);
});

describe("a pod that is left", () => {
  const web = pod("web-0", "w4");
  test.each<[string, object]>([
    ["by labels", { matchLabels: { app: "web" } }],
    ["by an expression", { matchExpressions: [{ key: "app", operator: "In", values: ["web"] }] }],
    ["by what it has not", { matchExpressions: [{ key: "x", operator: "DoesNotExist" }] }],
    ["by another value", { matchExpressions: [{ key: "app", operator: "NotIn", values: ["a"] }] }],
    ["by all", {}],
  ])("is kept by a budget that selects it %s", (_, selector) => {
    expect(kept(web, budget("never", selector))).toBe(
      "pod apps/web-0: kept by the PodDisruptionBudget apps/never, which allows no disruption now",
    );
  });

  test.each<[string, Budget]>([
    ["allows a disruption", budget("one", {}, 1)],
    ["selects others", budget("others", { matchLabels: { app: "other" } })],
    [
      "selects others by an expression",
      budget("others", { matchExpressions: [{ key: "app", operator: "NotIn", values: ["web"] }] }),
    ],
    ["wants a label", budget("others", { matchExpressions: [{ key: "x", operator: "Exists" }] })],
    ["selects nothing", budget("none", undefined)],
    [
      "is in another namespace",
      { ...budget("far", {}), metadata: { name: "far", namespace: "other" } },
    ],
  ])("is not kept by a budget that %s", (_, one) => {
    expect(kept(web, one)).toContain("no budget keeps it");
  });

  test("may be ending", () => {
    const ending = { ...web.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" };
    expect(kept({ ...web, metadata: ending }, budget("never", {}))).toBe(
      "pod apps/web-0: is ending since 2026-01-01T00:00:00Z",
    );
  });
});

test("a node that a leave has cordoned and that is ready is used again, one that a person has cordoned is not", () => {
  const cordoned = node("w4");
  const marked = {
    ...cordoned,
    metadata: { ...cordoned.metadata, annotations: { "sitewright/cordoned-by-leave": "true" } },
  };
  expect(leftCordonedBy(marked)).toBe("leave");
  expect(leftCordonedBy(cordoned)).toBeUndefined();
  expect(
    leftCordonedBy({ ...marked, status: node("w4", { ready: "Unknown" }).status }),
  ).toBeUndefined();
});
