import { testFaults } from "./faultCases";
import { faultsOf, rawSite } from "./site";

/** The lab with the applications of which the sums below are, and no others. */
function counted() {
  const raw = rawSite("dev");
  const { consul, ingress, whoami, outpost, confluence, dashboard } = raw["apps"];
  raw["apps"] = { consul, ingress, whoami, outpost, confluence, dashboard };
  return raw;
}

testFaults(
  [
    {
      name: "a namespace twice",
      spoil: (raw) => raw["namespaces"].push({ ...raw["namespaces"][0] }),
      path: "namespaces[4].name",
      value: "devsyslan",
      reason: "is the same as namespaces[0].name",
      allowed: /not used twice/,
    },
    {
      name: "a namespace of a zone there is not",
      spoil: (raw) => (raw["namespaces"][2].zone = "wan"),
      path: "namespaces[2].zone",
      reason: "is no zone of this environment",
      allowed: "lan, dmz",
    },
    {
      name: "a namespace that allows more without a reason",
      spoil: (raw) => (raw["namespaces"][0].podSecurity = "baseline"),
      path: "namespaces[0].podSecurityReason",
      reason: /^is missing, and podSecurity is baseline/,
      allowed: /podSecurity: restricted/,
    },
    {
      name: "a reason to allow more where no more is allowed",
      spoil: (raw) => (raw["namespaces"][0].podSecurityReason = "it was once so"),
      path: "namespaces[0].podSecurityReason",
      reason: "is a reason for nothing: podSecurity is restricted",
      allowed: "no such key",
    },
    {
      name: "memory in eighths of a byte",
      spoil: (raw) => (raw["namespaces"][0].quota.limits.memory = "128m"),
      path: "namespaces[0].quota.limits.memory",
      reason: "has the wrong form",
      allowed: /Mi, Gi or Ti/,
    },
    {
      name: "CPUs as a number",
      spoil: (raw) => (raw["namespaces"][0].quota.limits.cpu = 4),
      path: "namespaces[0].quota.limits.cpu",
      reason: "has the wrong form",
      allowed: /^text, quoted/,
    },
    {
      name: "a quota that forgets the pods",
      spoil: (raw) => delete raw["namespaces"][0].quota.pods,
      path: "namespaces[0].quota.pods",
      reason: "is missing",
      allowed: /number/,
    },
    {
      name: "a quota with less for limits than for requests",
      spoil: (raw) => (raw["namespaces"][0].quota.requests.memory = "5Gi"),
      path: "namespaces[0].quota.requests.memory",
      reason: "is more than namespaces[0].quota.limits.memory",
      allowed: "at most 4Gi",
    },
    {
      name: "a default request above the default limit",
      spoil: (raw) => (raw["namespaces"][0].limits.defaultRequest.cpu = "1"),
      path: "namespaces[0].limits.defaultRequest.cpu",
      reason: "is more than namespaces[0].limits.default.cpu",
      allowed: "at most 500m",
    },
    {
      name: "a default limit above the maximum",
      spoil: (raw) => (raw["namespaces"][0].limits.default.memory = "2Gi"),
      path: "namespaces[0].limits.default.memory",
      reason: "is more than namespaces[0].limits.max.memory",
      allowed: "at most 1Gi",
    },
    {
      name: "a quota with too little CPU for the limits",
      spoil: (raw) => (raw["namespaces"][0].quota.limits.cpu = "6999m"),
      path: "namespaces[0].quota.limits.cpu",
      reason:
        "is too small for the applications there: consul 3 x 1 + consul's tasks 2 x 500m + ingress 3 x 1 = 7, a rolling update included",
      allowed: "at least 7",
    },
    {
      name: "a quota with too little CPU for the requests",
      spoil: (raw) => (raw["namespaces"][0].quota.requests.cpu = "0.489"),
      path: "namespaces[0].quota.requests.cpu",
      reason:
        "is too small for the applications there: consul 3 x 50m + consul's tasks 2 x 20m + ingress 3 x 100m = 490m, a rolling update included",
      allowed: "at least 490m",
    },
    {
      name: "a quota with too little memory for one application more",
      spoil: (raw) => {
        raw["apps"].consul.namespace = "dev-lan-coolcorp";
        const limits = { cpu: "99", memory: "99Gi", "ephemeral-storage": "99Gi" };
        const requests = { ...limits, memory: "1243Mi" };
        raw["namespaces"][1].quota = { requests, limits, pods: 99, persistentVolumeClaims: 99 };
      },
      path: "namespaces[1].quota.requests.memory",
      reason:
        "is too small for the applications there: consul 3 x 96Mi + consul's tasks 2 x 64Mi + whoami 3 x 16Mi + confluence's database 1 x 332Mi + confluence 1 x 64Mi + confluence's tasks 2 x 64Mi + confluence-files's tasks 2 x 64Mi + dashboard 2 x 64Mi = 1244Mi, a rolling update included",
      allowed: "at least 1244Mi",
    },
    {
      name: "a quota with too little memory for the limits",
      spoil: (raw) => (raw["namespaces"][1].quota.limits.memory = "5355Mi"),
      path: "namespaces[1].quota.limits.memory",
      reason:
        "is too small for the applications there: whoami 3 x 64Mi + confluence's database 1 x 1128Mi + confluence 1 x 2500Mi + confluence's tasks 2 x 256Mi + confluence-files's tasks 2 x 256Mi + dashboard 2 x 256Mi = 5356Mi, a rolling update included",
      allowed: "at least 5356Mi",
    },
    {
      name: "a quota with too little disk for the limits",
      spoil: (raw) => (raw["namespaces"][0].quota.limits["ephemeral-storage"] = "5631Mi"),
      path: "namespaces[0].quota.limits.ephemeral-storage",
      reason:
        "is too small for the applications there: consul 3 x 512Mi + consul's tasks 2 x 1280Mi + ingress 3 x 512Mi = 5632Mi, a rolling update included",
      allowed: "at least 5632Mi",
    },
    {
      name: "a maximum of disk below a backup",
      spoil: (raw) => (raw["namespaces"][0].limits.max["ephemeral-storage"] = "1Gi"),
      path: "namespaces[0].limits.max.ephemeral-storage",
      reason: "is too small for a container of consul's tasks, whose limit is 1280Mi",
      allowed: "at least 1280Mi",
    },
    {
      name: "a bound of disk in all places but one",
      spoil: (raw) => delete raw["namespaces"][0].limits.default["ephemeral-storage"],
      path: "namespaces[0].limits.default.ephemeral-storage",
      reason:
        "is missing, and quota.requests has it: pods that say nothing of it would be refused, or unbounded",
      allowed: /the key nowhere in the namespace/,
    },
    {
      name: "a quota with too few pods",
      spoil: (raw) => (raw["namespaces"][1].quota.pods = 10),
      path: "namespaces[1].quota.pods",
      reason:
        "is too small for the applications there: whoami 3 x 1 + confluence's database 1 x 1 + confluence 1 x 1 + confluence's tasks 2 x 1 + confluence-files's tasks 2 x 1 + dashboard 2 x 1 = 11, a rolling update included",
      allowed: "at least 11",
    },
    {
      name: "a maximum that an application's container exceeds",
      spoil: (raw) => (raw["namespaces"][1].limits.max.memory = "2499Mi"),
      path: "namespaces[1].limits.max.memory",
      value: "2499Mi",
      reason: "is too small for a container of confluence, whose limit is 2500Mi",
      allowed: "at least 2500Mi",
    },
    {
      name: "a quota with too few claims",
      spoil: (raw) => (raw["namespaces"][0].quota.persistentVolumeClaims = 3),
      path: "namespaces[0].quota.persistentVolumeClaims",
      value: 3,
      reason: /^is too small for the applications there: .*consul/,
      allowed: "at least 4",
    },
    {
      name: "a quota with too few claims for volumes of a file server",
      spoil: (raw) => {
        raw["namespaces"][1].quota.persistentVolumeClaims = 2;
        for (const volume of [raw["apps"].confluence.home, raw["apps"].confluence.backup.volume]) {
          delete volume.storageClass;
          volume.nfs = { server: "storage.coolcorp.test", path: "/volume1/k8s" };
        }
      },
      path: "namespaces[1].quota.persistentVolumeClaims",
      value: 2,
      reason: /^is too small for the applications there: /,
      allowed: "at least 4",
    },
  ],
  counted,
);

test("a maximum names every application whose containers exceed it", () => {
  const raw = counted();
  raw["namespaces"][0].limits.max.memory = "128Mi";
  expect(faultsOf(raw).map(({ path, reason }) => [path, reason])).toEqual(
    ["consul", "consul's tasks", "ingress"].map((app) => [
      "namespaces[0].limits.max.memory",
      `is too small for a container of ${app}, whose limit is 256Mi`,
    ]),
  );
});
