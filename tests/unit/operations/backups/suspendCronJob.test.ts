import { undoInterruptedScaling } from "../../../../operations/backups/scale";
import { SUSPEND_ANNOTATION } from "../../../../operations/backups/suspendCronJob";
import { TaskFailed } from "../../../../operations/backups/task";
import { jobFrom } from "../../../../operations/backups/taskJob";
import { restoreFrom } from "../../../../operations/commands/restore";
import { cronJob, deployment, FakeCluster } from "../cluster";

const now = new Date("2026-11-21T12:00:00.500Z");

beforeEach(() => jest.spyOn(console, "log").mockImplementation());
afterEach(() => jest.restoreAllMocks());

describe("during a restore, backups by the clock", () => {
  const from = "confluence-20261121T110000Z.dump";
  const template = cronJob("restore", "confluence", "deployment/confluence");
  const args = { app: "confluence", from, created: Date.now() - 3_600_000, interval: 1 };
  const site = (): object[] => [deployment("confluence")];
  const clock = "backup-confluence";
  const saves = (suspended: boolean, annotations: Record<string, string> = {}) => {
    const made = cronJob("backup", "confluence");
    made.spec.suspend = suspended;
    return {
      ...made,
      metadata: { ...made.metadata, annotations, managedFields: [{ manager: "pulumi" }] },
    };
  };
  const suspends = [`suspend ${clock}`, "scale confluence 0"];
  const resumes = ["scale confluence 2", "disown confluence", `resume ${clock}`, `disown ${clock}`];
  const put = {
    metadata: { annotations: {}, managedFields: [{ manager: "pulumi" }] },
    spec: { suspend: false },
  };

  test.each([true, false])("are suspended meanwhile, whether it succeeds: %p", async (ok) => {
    const cluster = new FakeCluster([...site(), saves(false)], { restore: { ok, log: "it" } });
    await restoreFrom(cluster, template, args).catch((error: unknown) => {
      expect(error).toBeInstanceOf(TaskFailed);
    });
    expect(cluster.events).toEqual([...suspends, `run restore ${from}`, ...resumes]);
    expect(cluster.objects[1]).toMatchObject(put);
  });

  test("stay suspended when an operator has suspended them", async () => {
    const cluster = new FakeCluster([...site(), saves(true)], {
      restore: { ok: true, log: "" },
    });
    await restoreFrom(cluster, template, args);
    expect(cluster.objects[1]).toMatchObject({ ...put, spec: { suspend: true } });
  });

  test("after a restore that was killed are no longer taken for suspended by an operator", async () => {
    const left = saves(true, { [SUSPEND_ANNOTATION]: "false" });
    const cluster = new FakeCluster([...site(), left], { restore: { ok: true, log: "" } });
    await restoreFrom(cluster, template, args);
    expect(cluster.objects[1]).toMatchObject(put);
  });

  test("one that has begun since the first look refuses the restore, and nothing is stopped", async () => {
    const cluster = new FakeCluster([...site(), saves(false)]);
    const patch = cluster.patch.bind(cluster);
    const saving = jobFrom(cronJob("backup", "confluence"), { now });
    jest.spyOn(cluster, "patch").mockImplementation(async (...change) => {
      await patch(...change);
      cluster.objects.push(saving as never);
    });
    await expect(restoreFrom(cluster, template, args)).rejects.toThrow(
      /^A task of confluence is at work; nothing was begun\./,
    );
    expect(cluster.events).toEqual([`suspend ${clock}`, `resume ${clock}`, `disown ${clock}`]);
  });

  test("stay as another restore has them that is at work", async () => {
    const left = saves(true, { [SUSPEND_ANNOTATION]: "false" });
    const cluster = new FakeCluster([...site(), left, jobFrom(template, { now })]);
    await expect(restoreFrom(cluster, template, args)).rejects.toThrow(/nothing was begun/);
    await undoInterruptedScaling(cluster);
    expect(cluster.events).toEqual([]);
  });

  test("are resumed by the next up after a restore that was killed", async () => {
    const left = saves(true, { [SUSPEND_ANNOTATION]: "false" });
    const cluster = new FakeCluster([left, cronJob("restore", "confluence")]);
    await undoInterruptedScaling(cluster);
    expect(cluster.events).toEqual([`resume ${clock}`, `disown ${clock}`]);
    expect(cluster.objects[0]).toMatchObject(put);
  });
});
