import { OperatorError } from "../../../../lib/operatorError";
import type { StateResource } from "../../../../operations/engine/exportedStack";
import { isAbandoned } from "../../../../operations/lost-nodes/deadCluster";
import { lostVolumes } from "../../../../operations/lost-nodes/lostVolumes";

const silence = () => Promise.reject(new OperatorError({ what: "no answer", next: "" }));
const patience = { deadline: 20, pause: 1 };

beforeEach(() => jest.spyOn(console, "log").mockImplementation());
afterEach(() => jest.restoreAllMocks());

/** Whether the cluster is given up, and how often the operator had to agree. */
async function decide(
  lost: string | undefined,
  ask?: () => Promise<unknown>,
  deadline = patience.deadline,
) {
  const agree = jest.fn(() => Promise.resolve());
  const givenUp = await isAbandoned({ lost, ask, agree, patience: { ...patience, deadline } });
  return [givenUp, agree.mock.calls.length];
}

test("a cluster is given up by that word alone, when it does not answer and the operator agrees", async () => {
  expect(await decide("cluster", silence)).toEqual([true, 1]);
  expect(await decide(undefined, silence)).toEqual([false, 0]);
  await expect(decide("devk8swok501", silence)).rejects.toThrow("takes no names");
  const refuses = () => Promise.reject(new Error("not agreed"));
  await expect(
    isAbandoned({ lost: "cluster", ask: silence, agree: refuses, patience }),
  ).rejects.toThrow("not agreed");
});

test("one that answers, be it late, is taken down as always", async () => {
  expect(await decide("cluster", () => Promise.resolve([]))).toEqual([false, 0]);
  let asked = 0;
  const late = () => (++asked < 3 ? silence() : Promise.resolve([]));
  // A busy machine needs more than the few milliseconds after which the others are given up.
  expect(await decide("cluster", late, 30_000)).toEqual([false, 0]);
  expect(await decide("cluster", undefined)).toEqual([false, 0]);
});

describe("what is not cleaned", () => {
  const metadata = { name: "data", namespace: "prd" };
  const resources: StateResource[] = [
    {
      urn: "a",
      type: "kubernetes:core/v1:PersistentVolumeClaim",
      inputs: { metadata, spec: { storageClassName: "ssd" } },
      outputs: { metadata, spec: { storageClassName: "ssd", volumeName: "pvc-42" } },
    },
    {
      urn: "b",
      type: "kubernetes:core/v1:PersistentVolumeClaim",
      inputs: { metadata, spec: { storageClassName: "", volumeName: "prd-data" } },
    },
    {
      urn: "c",
      type: "kubernetes:apps/v1:StatefulSet",
      inputs: {
        metadata: { name: "consul", namespace: "prd" },
        spec: {
          replicas: 2,
          volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { storageClassName: "ssd" } }],
        },
      },
    },
    {
      urn: "d",
      type: "kubernetes:core/v1:PersistentVolume",
      inputs: { metadata: { name: "backups" }, spec: { nfs: { server: "nas", path: "/k8s" } } },
    },
    { urn: "e", type: "kubernetes:core/v1:Service", inputs: { metadata } },
  ];

  test("is named as far as the state knows: disks of claims and StatefulSets, folders", () => {
    const left = lostVolumes(resources, { onMachines: false });
    expect(left.map(({ what, where }) => `${what}: ${where}`)).toEqual([
      "disk of the claim prd/data: container volume pvc-42, storage class ssd",
      "disk of the claim prd/data-consul-0: container volume of that claim, storage class ssd",
      "disk of the claim prd/data-consul-1: container volume of that claim, storage class ssd",
      "folder of the volume backups: nas:/k8s",
    ]);
  });

  test("folders on machines go with these", () => {
    const left = lostVolumes(resources, { onMachines: true });
    expect(left.map(({ what }) => what)).toEqual(["folder of the volume backups"]);
  });
});
