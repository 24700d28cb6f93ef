import {
  kubeadmSkew,
  kubeletSkew,
  upgradeSkew,
} from "../../../../environment/releases/versionSkew";
import { testFaults } from "../faultCases";
import { faultsOf, rawPhoton, rawSite } from "../site";

describe("a kubelet beside an API server", () => {
  test.each([
    ["1.27.16", "1.27.16"],
    ["1.27.3", "1.27.16"],
    ["1.25.0", "1.27.16"],
    ["1.25.0", "1.28.0"],
    ["1.33.0", "1.36.3"],
    ["1.0.0", "1.1.0"],
  ])("%s goes with %s", (kubelet, server) => {
    expect(kubeletSkew(kubelet, server)).toBeUndefined();
  });

  test.each([
    ["1.27.17", "1.27.16", "a kubelet is never newer than the API server", "1.25.0 to 1.27.16"],
    ["1.28.0", "1.27.16", "a kubelet is never newer than the API server", "1.25.0 to 1.27.16"],
    ["1.24.17", "1.27.16", /at most 2 minor versions older/, "1.25.0 to 1.27.16"],
    ["1.24.17", "1.28.0", /at most 3 minor versions older/, "1.25.0 to 1.28.0"],
    ["1.32.9", "1.36.3", /at most 3 minor versions older/, "1.33.0 to 1.36.3"],
  ])("%s does not go with %s", (kubelet, server, rule, allowed) => {
    expect(kubeletSkew(kubelet, server)).toEqual({
      rule: typeof rule === "string" ? rule : expect.stringMatching(rule),
      allowed,
    });
  });
});

describe("a kubeadm beside a control plane", () => {
  test.each(["1.27.16", "1.27.17", "1.28.0", "1.28.9"])("%s sets up 1.27.16", (kubeadm) => {
    expect(kubeadmSkew(kubeadm, "1.27.16")).toBeUndefined();
  });

  test.each(["1.27.15", "1.26.1", "1.29.0"])("%s does not set up 1.27.16", (kubeadm) => {
    expect(kubeadmSkew(kubeadm, "1.27.16")?.allowed).toBe("1.27.16 or later in 1.27, or 1.28.x");
  });
});

describe("a running control plane", () => {
  test.each(["1.27.16", "1.27.17", "1.28.0", "1.28.9"])("of 1.27.16 may go to %s", (wanted) => {
    expect(upgradeSkew("1.27.16", wanted)).toBeUndefined();
  });

  test.each([
    ["1.27.15", "a control plane never goes back to an older version"],
    ["1.26.9", "a control plane never goes back to an older version"],
    ["1.29.0", "a control plane skips no minor version"],
    ["2.28.0", "a control plane skips no minor version"],
  ])("of 1.27.16 may not go to %s", (wanted, rule) => {
    expect(upgradeSkew("1.27.16", wanted)).toEqual({
      rule,
      allowed: "1.27.16, a later patch of 1.27, or 1.28.x",
    });
  });
});

const pin = (pins: Record<string, string>) => (raw: ReturnType<typeof rawSite>) => {
  raw["packages"].pins = pins;
};

testFaults([
  {
    name: "a pinned kubelet newer than the control plane",
    spoil: pin({ kubelet: "1.36.4-1" }),
    path: "packages.pins.kubelet",
    value: "1.36.4-1",
    reason:
      "puts kubelet 1.36.4 beside kubernetes.version 1.36.3: a kubelet is never newer than the API server (https://kubernetes.io/releases/version-skew-policy/)",
    allowed: "1.33.0 to 1.36.3",
  },
  {
    name: "a pinned kubelet four minor versions behind",
    spoil: pin({ kubelet: "1.32.0" }),
    path: "packages.pins.kubelet",
    reason: /at most 3 minor versions older/,
    allowed: "1.33.0 to 1.36.3",
  },
  {
    name: "a pin of the kubelet without a version",
    spoil: pin({ kubelet: "newest" }),
    path: "packages.pins.kubelet",
    reason: "has no version in it",
    allowed: "1.36.3",
  },
  {
    name: "a pinned kubeadm older than the control plane",
    spoil: pin({ kubeadm: "1.35.1" }),
    path: "packages.pins.kubeadm",
    reason: /kubeadm sets up its own minor version/,
    allowed: /1\.36\.3 or later/,
  },
  {
    name: "a containerd the kubelet cannot talk to",
    spoil: pin({ containerd: "1.5.18-1" }),
    path: "packages.pins.containerd",
    reason: /is too old/,
    allowed: "1.6.0 or later",
  },
  {
    name: "PhotonOS' packages on Debian",
    spoil: (raw) => (raw["packages"].source = "photon"),
    path: "packages.source",
    value: "photon",
    reason: "names packages of PhotonOS, and packages.manager is apt",
    allowed: "community",
  },
  {
    name: "two repositories of one name",
    spoil: (raw) => {
      const { repositories } = rawSite("prd")["packages"];
      raw["packages"].repositories = [...repositories, ...repositories];
    },
    path: "packages.repositories[1].name",
    value: "kubernetes",
    reason: "is the name of packages.repositories[0] too",
    allowed: "a name of its own",
  },
]);

test("Photon's kubeadm asks for its own version of the kubelet's package", () => {
  const raw = rawPhoton();
  raw["packages"].pins["kubernetes"] = "1.27.11-1.ph5";
  expect(faultsOf(raw, "prd")).toEqual([
    expect.objectContaining({
      path: "packages.pins",
      reason: "kubernetes-kubeadm asks for exactly its own version of kubernetes",
    }),
  ]);
});

test("pins of a packaging revision are right", () => {
  const raw = rawPhoton();
  Object.assign(raw["packages"].pins, {
    kubernetes: "1.27.16-2.ph5",
    "kubernetes-kubeadm": "1.27.16-2.ph5",
    containerd: "1.6.21-13.ph5",
  });
  expect(faultsOf(raw, "prd")).toEqual([]);
  expect(rawPhoton()["packages"].pins).not.toHaveProperty("kubernetes");
});
