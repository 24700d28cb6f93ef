import type { KubernetesObject } from "../../../kubernetes/kubectl";
import { OperatorError } from "../../../lib/operatorError";
import type { Claim, PersistentVolume, Pod } from "../../../operations/lost-nodes/volumes";
import { releaseVolumes, type VolumeApi } from "../../../operations/releaseVolumes";
import type * as virtualTime from "../virtualTime";

jest.mock("node:timers/promises", () =>
  jest.requireActual<typeof virtualTime>("../virtualTime").timers(),
);

/** What a test that waits to its end can afford, and what never ends on a slow machine. */
const SHORT = { volumes: 60, answer: 60, pods: 40, interval: 1 };
const LONG = { volumes: 20_000, answer: 20_000, pods: 20_000, interval: 1 };

const SNAPSHOTS = "volumesnapshots.snapshot.storage.k8s.io";

interface Content {
  claims?: Claim[];
  volumes?: PersistentVolume[];
  pods?: Pod[];
}

/** A cluster whose volumes end some looks after their claims; `stuck` ones never. */
class Cluster implements VolumeApi {
  claims: Claim[];
  volumes: PersistentVolume[];
  pods: Pod[];
  attachments: KubernetesObject[] = [];
  snapshots: KubernetesObject[] = [];
  contents: KubernetesObject[] = [];
  /** Whether the cluster has the kinds of snapshots. */
  knowsSnapshots = false;
  deleted: string[] = [];
  looks = 0;
  /** Called before each look, to change something or to fail. */
  onLook: (looks: number) => void = () => undefined;

  constructor({ claims = [], volumes = [], pods = [] }: Content) {
    this.claims = claims;
    this.volumes = volumes;
    this.pods = pods;
  }

  list<T extends KubernetesObject>(kinds: string): Promise<T[]> {
    if (kinds === "persistentvolumeclaims") {
      this.looks += 1;
      try {
        this.onLook(this.looks);
      } catch (error) {
        return Promise.reject(error as Error);
      }
      // What was asked to go is gone by the next look, its volume one later, and after its snapshots.
      this.volumes = this.volumes.filter(
        ({ metadata, status }) =>
          status?.phase !== "Released" ||
          metadata.name.startsWith("stuck") ||
          this.snapshots.length > 0,
      );
      this.snapshots = this.snapshots.filter(
        ({ metadata }) => metadata.deletionTimestamp === undefined,
      );
      const gone = this.claims.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
      for (const { spec } of gone) {
        const volume = this.volumes.find(({ metadata }) => metadata.name === spec.volumeName);
        if (volume?.spec.persistentVolumeReclaimPolicy === "Delete") {
          volume.status = { phase: "Released", message: "disk is attached" };
        }
      }
      this.claims = this.claims.filter((one) => !gone.includes(one));
    }
    const all: Record<string, KubernetesObject[]> = {
      persistentvolumeclaims: this.claims,
      persistentvolumes: this.volumes,
      pods: this.pods,
      volumeattachments: this.attachments,
      customresourcedefinitions: this.knowsSnapshots
        ? [{ kind: "CustomResourceDefinition", metadata: { name: SNAPSHOTS } }]
        : [],
      ...(this.knowsSnapshots
        ? {
            [SNAPSHOTS]: this.snapshots,
            "volumesnapshotcontents.snapshot.storage.k8s.io": this.contents,
          }
        : {}),
    };
    if (all[kinds] === undefined) {
      throw new Error(`The cluster has no ${kinds}.`);
    }
    return Promise.resolve(structuredClone(all[kinds]) as T[]);
  }

  removeAll(kind: string, objects: readonly KubernetesObject[]): Promise<void> {
    for (const { metadata } of objects) {
      this.deleted.push(`${kind} ${metadata.namespace}/${metadata.name}`);
      const asked =
        kind === SNAPSHOTS
          ? this.snapshots
          : kind === "persistentvolumes"
            ? this.volumes
            : this.claims;
      const found = asked.find((one) => one.metadata.name === metadata.name);
      if (found !== undefined) {
        found.metadata.deletionTimestamp = "2026-01-01T00:00:00Z";
      }
    }
    return Promise.resolve();
  }

  /** A volume that is being deleted goes with its last finalizer. */
  patch(kind: string, { name }: { name: string }, patch: object): Promise<void> {
    this.deleted.push(`${kind} ${name} ${JSON.stringify(patch)}`);
    this.volumes = this.volumes.filter(
      ({ metadata }) => metadata.name !== name || metadata.deletionTimestamp === undefined,
    );
    return Promise.resolve();
  }
}

const claim = (name: string, volumeName: string): Claim => ({
  kind: "PersistentVolumeClaim",
  metadata: { name, namespace: "prd" },
  spec: { volumeName },
});
const volume = (name: string, policy: "Delete" | "Retain", bound = true): PersistentVolume => ({
  kind: "PersistentVolume",
  metadata: { name },
  spec: {
    persistentVolumeReclaimPolicy: policy,
    capacity: { storage: "5Gi" },
    csi: { driver: "csi.vsphere.vmware.com", volumeHandle: `disk-of-${name}` },
    ...(bound ? { claimRef: { namespace: "prd", name: "data" } } : {}),
  },
  status: { phase: bound ? "Bound" : "Available" },
});
const pod = (name: string, claimName: string, deletionTimestamp?: string): Pod => ({
  kind: "Pod",
  metadata: { name, namespace: "prd", deletionTimestamp },
  spec: { volumes: [{ persistentVolumeClaim: { claimName } }] },
  status: { phase: "Running" },
});

const owned = (one: Pod): Pod => ({
  ...one,
  metadata: {
    ...one.metadata,
    ownerReferences: [{ apiVersion: "apps/v1", kind: "StatefulSet", name: "somebodys" }],
  },
});

async function release(
  cluster: Cluster,
  patience = LONG,
  lost: readonly string[] = [],
): Promise<string[]> {
  const said: string[] = [];
  await releaseVolumes(cluster, (line) => said.push(line), patience, new Set(lost));
  return said;
}

test("claims are deleted, and their volumes waited for", async () => {
  const cluster = new Cluster({
    claims: [claim("data-0", "one"), claim("data-1", "two")],
    volumes: [volume("one", "Delete"), volume("two", "Delete")],
  });
  const said = await release(cluster);
  expect(cluster.deleted).toEqual([
    "persistentvolumeclaims prd/data-0",
    "persistentvolumeclaims prd/data-1",
  ]);
  expect(cluster.volumes).toEqual([]);
  expect(cluster.looks).toBeGreaterThan(2);
  expect(said.slice(0, 2)).toEqual([
    "Deleting the claim prd/data-0.",
    "Deleting the claim prd/data-1.",
  ]);
  expect(said.at(-1)).toMatch(/^No claim is left, and no volume/);
});

test("a volume that is retained stays and is named; one without a claim is not waited for", async () => {
  const cluster = new Cluster({
    claims: [claim("data", "kept")],
    volumes: [volume("kept", "Retain"), volume("spare", "Delete", false)],
  });
  const said = await release(cluster);
  expect(cluster.volumes.map(({ metadata }) => metadata.name)).toEqual(["kept", "spare"]);
  expect(said.at(-2)).toBe(
    "Kept on purpose: volume kept, 5Gi, of prd/data: csi.vsphere.vmware.com, volume disk-of-kept",
  );
});

test("a claim's volume that is left by an interrupted run is still waited for", async () => {
  const released = volume("one", "Delete");
  released.status = { phase: "Released" };
  const cluster = new Cluster({ volumes: [released] });
  await release(cluster);
  expect(cluster.volumes).toEqual([]);
  expect(cluster.deleted).toEqual([]);
});

test("a cluster without volumes is left at once", async () => {
  const cluster = new Cluster({ pods: [pod("web", "none")] });
  expect(await release(cluster)).toHaveLength(1);
  expect(cluster.looks).toBe(1);
});

test.each([
  ["without an owner are named at once", pod("somebodys", "data"), LONG, 1],
  [
    "whose owner does not end them are named",
    owned(pod("somebodys", "data")),
    SHORT,
    expect.any(Number),
  ],
])("pods %s, and no claim is deleted", async (_, user, patience, looks) => {
  const cluster = new Cluster({
    claims: [claim("data", "one")],
    volumes: [volume("one", "Delete")],
    pods: [user],
  });
  await expect(release(cluster, patience)).rejects.toThrow(
    /1 pods .* nothing was deleted[\s\S]*where: prd\/somebodys/,
  );
  expect(cluster.looks).toEqual(looks);
  expect(cluster.deleted).toEqual([]);
});

test("pods whose owner is gone are waited for", async () => {
  const cluster = new Cluster({
    claims: [claim("data", "one")],
    volumes: [volume("one", "Delete")],
    pods: [owned(pod("somebodys", "data"))],
  });
  cluster.onLook = (looks) => {
    if (looks === 3) {
      cluster.pods = [];
    }
  };
  await release(cluster);
  expect(cluster.deleted).toEqual(["persistentvolumeclaims prd/data"]);
});

test("pods that end, or have ended, are waited for and looked through", async () => {
  const ended = pod("job", "data");
  ended.status = { phase: "Succeeded" };
  const cluster = new Cluster({
    claims: [claim("data", "one")],
    volumes: [volume("one", "Delete")],
    pods: [pod("terminating", "data", "2026-01-01T00:00:00Z"), ended],
  });
  cluster.onLook = (looks) => {
    if (looks === 5) {
      expect(cluster.deleted).toEqual([]);
      cluster.pods = [ended];
    }
  };
  await release(cluster);
  expect(cluster.deleted).toEqual(["persistentvolumeclaims prd/data"]);
});

test("a disk that is kept is waited for until its node has let it go", async () => {
  const cluster = new Cluster({ volumes: [volume("kept", "Retain")] });
  cluster.attachments = [{ kind: "VolumeAttachment", metadata: { name: "csi-1" } }];
  await expect(release(cluster, SHORT)).rejects.toThrow("volumeattachment csi-1");
  const looksBefore = cluster.looks;
  cluster.onLook = (looks) => {
    cluster.attachments = looks < looksBefore + 5 ? cluster.attachments : [];
  };
  await release(cluster);
  expect(cluster.looks).toBeGreaterThanOrEqual(looksBefore + 5);
});

describe("snapshots", () => {
  const snapshot = { kind: "VolumeSnapshot", metadata: { name: "daily", namespace: "prd" } };
  const kept = {
    kind: "VolumeSnapshotContent",
    metadata: { name: "content" },
    spec: { deletionPolicy: "Retain", source: { volumeHandle: "disk" } },
    status: { snapshotHandle: "disk+one" },
  };
  const withSnapshots = () => {
    const cluster = new Cluster({
      claims: [claim("data", "one")],
      volumes: [volume("one", "Delete")],
    });
    cluster.knowsSnapshots = true;
    return cluster;
  };

  test("are deleted with the claims, because a volume that has some does not end", async () => {
    const cluster = withSnapshots();
    cluster.snapshots = [structuredClone(snapshot)];
    const said = await release(cluster);
    expect(cluster.deleted).toEqual([`${SNAPSHOTS} prd/daily`, "persistentvolumeclaims prd/data"]);
    expect([cluster.snapshots, cluster.volumes]).toEqual([[], []]);
    expect(said[0]).toBe("Deleting the snapshot prd/daily.");
  });

  test("are left alone while pods use claims", async () => {
    const cluster = withSnapshots();
    cluster.snapshots = [structuredClone(snapshot)];
    cluster.pods = [pod("somebodys", "data")];
    await expect(release(cluster, SHORT)).rejects.toThrow("nothing was deleted");
    expect(cluster.deleted).toEqual([]);
  });

  test("that are retained are named, also where they keep a volume from ending", async () => {
    const cluster = withSnapshots();
    cluster.contents = [kept];
    expect((await release(cluster)).at(-1)).toBe(
      "Kept on purpose: snapshot disk+one of volume disk",
    );
    cluster.volumes = [volume("stuck", "Delete")];
    await expect(release(cluster, SHORT)).rejects.toThrow(
      "snapshot disk+one of volume disk, which therefore stays",
    );
  });

  test("that the storage has not deleted yet are waited for", async () => {
    const cluster = withSnapshots();
    const metadata = { ...kept.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" };
    cluster.contents = [
      { ...kept, metadata, spec: { deletionPolicy: "Delete", source: {} } } as KubernetesObject,
    ];
    cluster.onLook = (looks) => {
      cluster.contents = looks < 6 ? cluster.contents : [];
    };
    await release(cluster);
    expect(cluster.looks).toBeGreaterThanOrEqual(6);
  });
});

test("a volume that does not end is named with its reason, and there is an end to waiting", async () => {
  const cluster = new Cluster({
    claims: [claim("data", "stuck")],
    volumes: [volume("stuck", "Delete")],
  });
  await expect(release(cluster, SHORT)).rejects.toThrow(
    /the nodes were left as they are[\s\S]*volume stuck: Released: disk is attached[\s\S]*next/,
  );
});

test("an API that does not answer for a moment is asked again, one that stays away is an error", async () => {
  const away = new OperatorError({ what: "kubectl get failed.", next: "try again" });
  const cluster = new Cluster({
    claims: [claim("data", "one")],
    volumes: [volume("one", "Delete")],
  });
  cluster.onLook = (looks) => {
    if (looks === 2 || looks === 3) {
      throw away;
    }
  };
  await release(cluster);
  expect(cluster.volumes).toEqual([]);
  cluster.onLook = () => {
    throw away;
  };
  await expect(release(cluster, SHORT)).rejects.toThrow("kubectl get failed.");
});

describe("on a node that is lost", () => {
  const local = (
    name: string,
    policy: "Delete" | "Retain",
    ...nodes: string[]
  ): PersistentVolume => {
    const made = volume(name, policy);
    delete made.spec.csi;
    made.spec.local = { path: `/var/lib/volumes/${name}` };
    made.spec.nodeAffinity = {
      required: { nodeSelectorTerms: [{ matchExpressions: [{ values: nodes }] }] },
    };
    return made;
  };

  test("a folder that cannot be removed is let go after its claim, in one line", async () => {
    const cluster = new Cluster({
      claims: [claim("data-0", "stuck-one")],
      volumes: [local("stuck-one", "Delete", "node1")],
    });
    const said = await release(cluster, LONG, ["node1"]);
    expect(cluster.deleted).toEqual([
      "persistentvolumeclaims prd/data-0",
      "persistentvolumes undefined/stuck-one",
      'persistentvolume stuck-one {"metadata":{"finalizers":null}}',
    ]);
    expect(said).toContain(
      "Let go with its node: volume stuck-one, 5Gi, of prd/data: node1:/var/lib/volumes/stuck-one",
    );
    expect(said.filter((line) => line.startsWith("Let go"))).toHaveLength(1);
  });

  test("one that is gone before its finalizers can be taken away is no fault", async () => {
    const cluster = new Cluster({
      claims: [claim("data-0", "stuck-one")],
      volumes: [local("stuck-one", "Delete", "node1")],
    });
    jest.spyOn(cluster, "patch").mockImplementation(() => {
      cluster.volumes = [];
      const why = 'Error from server (NotFound): persistentvolumes "stuck-one" not found';
      return Promise.reject(new OperatorError({ what: "kubectl patch failed.", why, next: "" }));
    });
    await release(cluster, LONG, ["node1"]);
    expect(cluster.claims).toEqual([]);
  });

  test.each([
    ["on a node that is there", local("stuck-one", "Delete", "node2")],
    ["also on a node that is there", local("stuck-one", "Delete", "node1", "node2")],
    ["on no node", volume("stuck-one", "Delete")],
  ])("one %s is waited for as ever", async (_, waiting) => {
    const cluster = new Cluster({ claims: [claim("data-0", "stuck-one")], volumes: [waiting] });
    await expect(release(cluster, SHORT, ["node1"])).rejects.toThrow("volume stuck-one");
    expect(cluster.deleted).toEqual(["persistentvolumeclaims prd/data-0"]);
  });

  test("a retained volume is kept, whatever became of its node", async () => {
    const cluster = new Cluster({ volumes: [local("kept", "Retain", "node1")] });
    await release(cluster, LONG, ["node1"]);
    expect(cluster.deleted).toEqual([]);
  });
});
