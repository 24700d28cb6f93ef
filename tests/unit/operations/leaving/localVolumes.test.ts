import {
  type DataOfCluster,
  givenUpVolumes,
  howToGiveUp,
  localVolumes,
  volumeFaults,
} from "../../../../operations/leaving/localVolumes";
import { backupOf, consulSet, localData, pod } from "./objects";

const now = new Date("2026-01-02T12:00:00Z");
const FRESH = "2026-01-02T01:00:00Z";
const OLD = "2026-01-01T11:00:00Z";

const KINDS = {
  PersistentVolume: "volumes",
  PersistentVolumeClaim: "claims",
  CronJob: "cronJobs",
  StatefulSet: "statefulSets",
  Pod: "pods",
};

const data = (...objects: { kind: string }[]): DataOfCluster => {
  const all = { volumes: [], claims: [], cronJobs: [], statefulSets: [], pods: [] };
  for (const one of objects) {
    (all[KINDS[one.kind as keyof typeof KINDS] as keyof typeof all] as object[]).push(one);
  }
  return all;
};
const names = (...objects: { kind: string }[]) =>
  localVolumes("w4", data(...objects)).map(({ volume }) => volume.metadata.name);
const faults = (objects: { kind: string }[], { consent = false, isLost = false } = {}) =>
  volumeFaults("w4", localVolumes("w4", data(...objects)), {
    givenUp: new Set(consent ? ["w4"] : ["w5"]),
    ...{ isLost, now },
  });

/** What a volume is without its place. */
const anywhere = (volume: object) => ({
  ...(volume as { spec: object }).spec,
  ...{ local: undefined, nodeAffinity: undefined },
});

describe("a volume goes with a node", () => {
  test("if it is bound there and can be nowhere else", () => {
    expect(names(...localData("data-consul-0", "w4"))).toEqual(["pv-data-consul-0"]);
    expect(names(...localData("data-consul-0", "w5"))).toEqual([]);
    expect(names(...localData("data-consul-0", "w4", { phase: "Available" }))).toEqual([]);
  });

  test("if it is kept there on purpose", () => {
    const [, kept] = localData("old", "w4", { policy: "Retain", phase: "Released" });
    expect(names(kept!)).toEqual(["pv-old"]);
    expect(faults([kept!])[0]).toContain("volume pv-old, kept of the claim apps/old");
    const [, ending] = localData("old", "w4", { phase: "Released" });
    expect(names(ending!)).toEqual([]);
  });

  test("if it is a folder of any node, and the pod that uses it is there", () => {
    const [claim, volume] = localData("data", "w4");
    const spec = anywhere(volume);
    const folder = { ...volume!, spec: { ...spec, hostPath: { path: "/data" } } };
    expect(names(claim!, folder, pod("web-0", "w4", "ReplicaSet", "data"))).toEqual(["pv-data"]);
    expect(names(claim!, folder, pod("web-0", "w5", "ReplicaSet", "data"))).toEqual([]);
  });

  test("but not a disk or a folder of a server", () => {
    const [claim, volume] = localData("data", "w4");
    const spec = anywhere(volume);
    const disk = { ...volume!, spec: { ...spec, csi: { driver: "x", volumeHandle: "y" } } };
    expect(names(claim!, disk, pod("web-0", "w4", "ReplicaSet", "data"))).toEqual([]);
  });
});

describe("it refuses", () => {
  const consul = localData("data-consul-0", "w4");

  test("by claim and application, without the operator's word", () => {
    const [fault] = faults([...consul, backupOf("consul", FRESH)]);
    expect(fault).toMatch(/^claim apps\/data-consul-0 of consul: its data is on w4 alone/);
    expect(faults([...consul, backupOf("consul", FRESH)], { consent: true })).toEqual([]);
  });

  test("with it, too, while the newest backup is older than a day, or there is none", () => {
    expect(faults([...consul, backupOf("consul", OLD)], { consent: true })[0]).toContain(
      "the newest backup of consul is 1 days 1 h old: make backup APP=consul",
    );
    expect(faults([...consul, backupOf("consul")], { consent: true })[0]).toContain(
      "consul has never been saved",
    );
    const others = { ...backupOf("consul"), metadata: { name: "backup-consul", namespace: "b" } };
    expect(faults([...consul, others], { consent: true })).toEqual([]);
  });

  test("with it, too, where the backups go with the node", () => {
    const objects = [
      ...consul,
      ...localData("pvc-backup-consul", "w4", { app: "consul-backup" }),
      backupOf("consul", FRESH),
    ];
    expect(faults(objects)[1]).toContain("pvc-backup-consul, the backups of consul");
    const left = faults(objects, { consent: true });
    expect(left).toHaveLength(1);
    expect(left[0]).toContain("the backups of consul lie on the same node");
  });

  test("a lost node cannot be saved from: the word is enough", () => {
    const objects = [...consul, backupOf("consul", OLD)];
    expect(faults(objects, { isLost: true })).toHaveLength(1);
    expect(faults(objects, { isLost: true, consent: true })).toEqual([]);
  });

  test("a replicated set, too, and says whether the others have it", () => {
    expect(faults([...consul, consulSet()])[0]).toContain(
      "the other 2 replicas of consul are ready and have what is replicated",
    );
    expect(faults([...consul, consulSet(2)])[0]).toContain("only 2 are ready");
    expect(faults([...localData("data-consul-x", "w4"), consulSet()])[0]).not.toContain("replicas");
  });

  test("for all backups of an application, however its parts are named", () => {
    const parts = (app: string) => [
      ...localData("data", "w4", { app }),
      backupOf("confluence", OLD),
      backupOf("confluence-files", OLD),
      backupOf("consul", OLD),
    ];
    const [database] = faults(parts("confluencedb"), { consent: true });
    expect(database).toContain("of confluence is");
    expect(database).not.toMatch(/confluence-files|backup of consul/);
    expect(faults(parts("confluence"), { consent: true })[0]).toContain("APP=confluence-files");
  });
});

test("the way names the backups to make, and both ways to consent", () => {
  const objects = data(...localData("data-consul-0", "w4"), backupOf("consul", OLD));
  const way = howToGiveUp("w4", localVolumes("w4", objects));
  expect(way).toContain("make backup APP=consul");
  expect(way).toContain("make up GIVE_UP_VOLUMES=w4");
  expect(way).toContain("SITEWRIGHT_GIVE_UP_VOLUMES=w4");
});

test("the operator's word is a list of names", () => {
  expect(givenUpVolumes({ SITEWRIGHT_GIVE_UP_VOLUMES: "w4, w5," })).toEqual(new Set(["w4", "w5"]));
  expect(givenUpVolumes({})).toEqual(new Set());
});
