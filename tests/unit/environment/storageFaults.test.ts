import { testFaults } from "./faultCases";
import { faultsOf, rawSite } from "./site";

type RawApps = ReturnType<typeof rawSite>;

const share = { server: "storage.coolcorp.test", path: "/volume1/k8s" };

testFaults([
  {
    name: "no default storage class",
    spoil: (raw) => (raw["storageClasses"][0].default = false),
    path: "storageClasses",
    reason: "has no default class",
    allowed: "exactly one class with default: true",
  },
  {
    name: "two default storage classes",
    spoil: (raw) => (raw["storageClasses"][1].default = true),
    path: "storageClasses",
    reason: "has 2 default classes",
    allowed: "exactly one class with default: true",
  },
  {
    name: "a class of another provisioner than the one that is installed",
    spoil: (raw) => (raw["storageClasses"][1].provisioner = "csi.vsphere.vmware.com"),
    path: "storageClasses[1].provisioner",
    value: "csi.vsphere.vmware.com",
    reason: "makes no volumes here: volumes.provisioner is local-path",
    allowed: "rancher.io/local-path",
  },
  {
    name: "a class that promises growing volumes on the nodes' own disks, by default",
    spoil: (raw) => delete raw["storageClasses"][1].allowVolumeExpansion,
    path: "storageClasses[1].allowVolumeExpansion",
    value: true,
    reason: "promises what local-path cannot do: its volumes do not grow",
    allowed: "false",
  },
  {
    name: "a class that wants a folder before there is a node",
    spoil: (raw) => (raw["storageClasses"][2].volumeBindingMode = "Immediate"),
    path: "storageClasses[2].volumeBindingMode",
    value: "Immediate",
    reason: /^asks for a volume before a pod has a node/,
    allowed: "WaitForFirstConsumer",
  },
  {
    name: "a class of folders with places by a vCenter's tags",
    spoil: (raw) => (raw["storageClasses"][1].allowedTopologies = [{ "k8s-zone": ["a"] }]),
    path: "storageClasses[1].allowedTopologies",
    value: [{ "k8s-zone": ["a"] }],
    reason: "names places by a vCenter's tags, of which local-path knows nothing",
    allowed: "no such key",
  },
  {
    name: "a relative folder of volumes",
    spoil: (raw) => (raw["volumes"].path = "var/lib"),
    path: "volumes.path",
    value: "var/lib",
    reason: "has the wrong form",
    allowed: /absolute path/,
  },
  {
    name: "the root folder for volumes",
    spoil: (raw) => (raw["volumes"].path = "/"),
    path: "volumes.path",
    value: "/",
    reason: "has the wrong form",
    allowed: /absolute path/,
  },
  ...(
    [
      ["consul", (apps) => apps.consul, "apps.consul"],
      ["Consul's backups", (apps) => apps.consul.backup.volume, "apps.consul.backup.volume"],
      ["Confluence's home", (apps) => apps.confluence.home, "apps.confluence.home"],
      ["its database", (apps) => apps.confluence.database, "apps.confluence.database"],
      ["its backups", (apps) => apps.confluence.backup.volume, "apps.confluence.backup.volume"],
    ] as [string, (apps: RawApps) => { storageClass: string }, string][]
  ).map(([what, holder, path]) => ({
    name: `a class there is none of, for ${what},`,
    spoil: (raw: ReturnType<typeof rawSite>) => {
      holder(raw["apps"]).storageClass = "vsphere-dts-sdd";
    },
    path: `${path}.storageClass`,
    value: "vsphere-dts-sdd",
    reason: "is no storage class of this environment",
    allowed: "vsphere-dts-ssd, vsphere-dts-nfs, vsphere-dts-ssd-retain",
  })),
  {
    name: "a volume from nowhere",
    spoil: (raw) => delete raw["apps"].confluence.home.storageClass,
    path: "apps.confluence.home",
    value: undefined,
    reason: "has neither storageClass nor nfs",
    allowed: "exactly one of them",
  },
  {
    name: "a volume from two places",
    spoil: (raw) => (raw["apps"].consul.backup.volume.nfs = share),
    path: "apps.consul.backup.volume",
    value: { storageClass: "vsphere-dts-nfs", nfs: share },
    reason: "has both storageClass and nfs",
    allowed: "exactly one of them",
  },
  {
    name: "a relative folder of a file server",
    spoil: (raw) =>
      (raw["apps"].consul.backup.volume = { nfs: { ...share, path: "k8s" }, size: "1Gi" }),
    path: "apps.consul.backup.volume.nfs.path",
    value: "k8s",
    reason: "has the wrong form",
    allowed: /absolute path/,
  },
]);

test("volumes of a file server are in order without a class", () => {
  const raw = rawSite("dev");
  raw["apps"].confluence.home = { nfs: share, size: "8Gi" };
  expect(faultsOf(raw)).toEqual([]);
});

test("production's classes may promise growth", () => {
  const raw = rawSite("prd");
  raw["storageClasses"][0].allowVolumeExpansion = true;
  expect(faultsOf(raw, "prd")).toEqual([]);
});
