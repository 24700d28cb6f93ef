import type { Running } from "../../../../cluster/state/runningCluster";
import { assertVersion } from "../../../../cluster/state/runningVersion";
import { site } from "../../environment/site";

const asked = (version: string) => {
  const environment = site("prd");
  return { ...environment, kubernetes: { ...environment.kubernetes, version } };
};

test.each([undefined, "1.27.16"])("with %s recorded, 1.27.16 is right", (kubernetesVersion) => {
  expect(() =>
    assertVersion(asked("1.27.16"), kubernetesVersion === undefined ? {} : { kubernetesVersion }),
  ).not.toThrow();
});

test("an older version is refused with the rule and what is allowed", () => {
  expect(() => assertVersion(asked("1.27.16"), { kubernetesVersion: "1.28.2" })).toThrow(
    "site:kubernetes.version in Pulumi.prd.yaml is 1.27.16, and the cluster runs 1.28.2. Nothing was touched.\n" +
      "Rule: a control plane never goes back to an older version (https://kubernetes.io/releases/version-skew-policy/).\n" +
      "By the rules, allowed are: 1.28.2, a later patch of 1.28, or 1.29.x. This version of the programs upgrades no running cluster, though.\n" +
      "Set kubernetes.version back to 1.28.2.",
  );
});

test("a version two minor versions on is refused with the rule", () => {
  expect(() => assertVersion(asked("1.29.0"), { kubernetesVersion: "1.27.16" })).toThrow(
    /Rule: a control plane skips no minor version [\s\S]*1\.28\.x/,
  );
});

test("a version the rules allow is refused for what these programs cannot do", () => {
  expect(() => assertVersion(asked("1.28.2"), { kubernetesVersion: "1.27.16" })).toThrow(
    /keeps the rules .*, but this version of the programs does not upgrade a running cluster\.\nSet kubernetes\.version back to 1\.27\.16\.$/,
  );
});

describe("what the cluster says itself", () => {
  const running = (kubelet: string, apiServer?: string): Running => ({
    nodes: {
      kind: "answered",
      value: ["a", "b"].map((name) => ({
        ...{ name, uid: name, systemUUID: name, isControlPlane: false, ready: true },
        kubeletVersion: name === "a" ? kubelet : "1.28.2",
      })),
    },
    ...(apiServer === undefined ? {} : { version: { kind: "answered", value: apiServer } }),
  });
  const recorded = { kubernetesVersion: "1.27.16" };
  const unreadable = { kind: "unreadable", why: "HTTP 503" } as const;

  test("an upgrade that was made by hand, all of it, is taken over", () => {
    expect(() =>
      assertVersion(asked("1.28.2"), recorded, running("1.28.2", "1.28.2")),
    ).not.toThrow();
  });

  test.each<[string, Running]>([
    ["the API server is older", running("1.28.2", "1.27.16")],
    ["a kubelet is older", running("1.27.16", "1.28.2")],
    ["the nodes cannot be read", { ...running("1.28.2", "1.28.2"), nodes: unreadable }],
    ["the API server's version cannot be read", { ...running("1.28.2"), version: unreadable }],
  ])("it is refused when %s", (_what, is) => {
    expect(() => assertVersion(asked("1.28.2"), recorded, is)).toThrow("Nothing was touched");
  });

  test("what runs is named when the file is behind it", () => {
    expect(() => assertVersion(asked("1.27.16"), recorded, running("1.27.16"))).toThrow(
      "is 1.27.16, and the cluster runs others: kubelet 1.28.2 on b.",
    );
  });

  test("a cluster that cannot be read is what was recorded", () => {
    expect(() => assertVersion(asked("1.27.16"), recorded, { nodes: unreadable })).not.toThrow();
  });
});
