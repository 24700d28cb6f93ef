import {
  describeLeftovers,
  foldersLeft,
  volumesLeft,
} from "../../../../operations/lost-nodes/leftovers";
import type { PersistentVolume } from "../../../../operations/lost-nodes/volumes";
import { site } from "../../environment/site";

const volume = (
  name: string,
  persistentVolumeReclaimPolicy: string,
  source: Partial<PersistentVolume["spec"]>,
): PersistentVolume => ({
  kind: "PersistentVolume",
  metadata: { name },
  spec: {
    persistentVolumeReclaimPolicy,
    capacity: { storage: "15Gi" },
    claimRef: { namespace: "prd-lan-coolcorp", name: "pvc-confluence-db" },
    ...source,
  },
  status: { phase: "Bound" },
});
const csi = { csi: { driver: "csi.vsphere.vmware.com", volumeHandle: "7a1c" } };
const local: Partial<PersistentVolume["spec"]> = {
  local: { path: "/var/lib/volumes/pvc-1" },
  nodeAffinity: {
    required: { nodeSelectorTerms: [{ matchExpressions: [{ values: ["prdk8swok501"] }] }] },
  },
};

test("backups on the file server stay, each in the folder its application mounts", () => {
  expect(foldersLeft(site("prd"))).toEqual([
    expect.objectContaining({
      what: "files of site:apps.consul.backup.volume",
      where: "storage.coolcorp.priv:/volume1/k8s-psv-nfs-rwm/prd/consul",
    }),
    expect.objectContaining({
      what: "files of site:apps.confluence.backup.volume",
      where: "storage.coolcorp.priv:/volume1/k8s-psv-nfs-rwm/prd/confluence",
    }),
    expect.objectContaining({
      what: "files of site:apps.confluence.homeBackup.volume",
      where: "storage.coolcorp.priv:/volume1/k8s-psv-nfs-rwm/prd/confluence-files",
    }),
  ]);
  expect(foldersLeft(site("dev"))).toEqual([]);
});

test("what is retained is listed with where it is and how it is removed, what ends with its claim is not", () => {
  const left = volumesLeft([volume("kept", "Retain", csi), volume("ends", "Delete", csi)], {
    machinesGo: true,
  });
  expect(describeLeftovers(left)).toBe(
    `  - volume kept, 15Gi, of prd-lan-coolcorp/pvc-confluence-db
    where:  csi.vsphere.vmware.com, volume 7a1c
    remove: vSphere Client, Cloud Native Storage, Container Volumes; or: govc volume.rm 7a1c
`,
  );
});

test("a folder on a machine stays only as long as the machine", () => {
  const volumes = [volume("kept", "Retain", local)];
  expect(volumesLeft(volumes, { machinesGo: true })).toEqual([]);
  expect(volumesLeft(volumes, { machinesGo: false })).toMatchObject([
    { where: "prdk8swok501:/var/lib/volumes/pvc-1" },
  ]);
});

test("nothing left is nothing said", () => {
  expect(describeLeftovers([])).toBe("");
});
