import { size, span } from "../../../../lib/humanUnits";
import { refuseWhileRunning, selectSavedApp } from "../../../../operations/backups/savedApps";
import { REPLICAS_ANNOTATION, undoInterruptedScaling } from "../../../../operations/backups/scale";
import { Interrupted, runTask, TaskFailed } from "../../../../operations/backups/task";
import { jobFrom } from "../../../../operations/backups/taskJob";
import { backupTable, parseList } from "../../../../operations/commands/backups";
import { credentialsTable } from "../../../../operations/commands/credentials";
import { checkName, createdOf, restoreFrom } from "../../../../operations/commands/restore";
import { cronJob, deployment, FakeCluster } from "../cluster";

const doing = "it is being done";
const now = new Date("2026-11-21T12:00:00.500Z");

beforeEach(() => jest.spyOn(console, "log").mockImplementation());
afterEach(() => jest.restoreAllMocks());

describe("a Job made by hand", () => {
  test("is what the clock makes, counts as the CronJob's, and goes with it", () => {
    const job = jobFrom(cronJob("backup", "consul"), { now });
    expect(job).toMatchObject({
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: {
        name: "backup-consul-20261121t120000z",
        namespace: "apps",
        labels: { app: "consul-backup", "sitewright/backup": "consul" },
        ownerReferences: [{ kind: "CronJob", name: "backup-consul", uid: "42", controller: true }],
      },
      spec: cronJob("backup", "consul").spec.jobTemplate.spec,
    });
  });

  test("that only looks runs another script, and is no restore", () => {
    const template = cronJob("restore", "consul");
    const job = jobFrom(template, { now, look: "check", env: { BACKUP_FROM: "x.snap" } });
    expect(job.metadata.name).toBe("restore-consul-check-20261121t120000z");
    expect(job.metadata.labels).toEqual({ app: "consul-backup" });
    expect(job).toMatchObject({
      spec: {
        template: {
          spec: {
            containers: [
              {
                command: ["/bin/sh", "/scripts/check.sh"],
                env: [
                  { name: "HOME", value: "/tmp" },
                  { name: "BACKUP_FROM", value: "x.snap" },
                ],
              },
            ],
          },
        },
      },
    });
    expect(template).toEqual(cronJob("restore", "consul"));
  });
});

describe("a task", () => {
  const save = cronJob("backup", "consul");

  test("that ends well returns what its last try printed, and is kept", async () => {
    const cluster = new FakeCluster([], { save: { ok: true, log: "name\n" } });
    expect(await runTask(cluster, { cronJob: save, doing })).toBe("name\n");
    expect(cluster.events).toEqual(["run save"]);
  });

  test("that fails gives its own message", async () => {
    const cluster = new FakeCluster([], { save: { ok: false, log: "no leader\n" } });
    const failure: unknown = await runTask(cluster, { cronJob: save, doing }).catch(
      (e: unknown) => e,
    );
    expect(failure).toBeInstanceOf(TaskFailed);
    expect(failure).toMatchObject({
      log: "no leader",
      job: expect.stringMatching(/^backup-consul-/),
    });
  });

  test("that fails without a word gives the Job's reason", async () => {
    const cluster = new FakeCluster([], { save: { ok: false, log: "" } });
    await expect(runTask(cluster, { cronJob: save, doing })).rejects.toThrow(
      "BackoffLimitExceeded",
    );
  });

  test("that only looks is removed, however it ends", async () => {
    const cluster = new FakeCluster([], { list: { ok: false, log: "x" } });
    const list = { cronJob: cronJob("restore", "consul"), look: "list" as const, doing };
    await expect(runTask(cluster, list)).rejects.toThrow("x");
    expect(cluster.events).toEqual(["run list", "remove job"]);
  });

  test("that is interrupted is removed", async () => {
    const controller = new AbortController();
    const cluster = new FakeCluster([], { save: "never" });
    cluster.onCreate = () => controller.abort();
    const args = { cronJob: save, doing, signal: controller.signal, interval: 1 };
    await expect(runTask(cluster, args)).rejects.toBeInstanceOf(Interrupted);
    expect(cluster.events).toEqual(["run save", "remove job"]);
  });

  test("is not begun after an interruption", async () => {
    const cluster = new FakeCluster([]);
    const args = { cronJob: save, doing, signal: AbortSignal.abort() };
    await expect(runTask(cluster, args)).rejects.toBeInstanceOf(Interrupted);
    expect(cluster.events).toEqual([]);
  });

  test("that is deleted meanwhile is said to be gone", async () => {
    const cluster = new FakeCluster([], { save: "never" });
    cluster.onCreate = () => cluster.objects.splice(0);
    await expect(runTask(cluster, { cronJob: save, doing })).rejects.toThrow(
      /^The task did not end: it is being done\.\n {2}where: job backup-consul-.* in namespace apps\n {2}why: {3}the job was deleted/,
    );
  });
});

/** The template of a restore as the component makes it: a container that decrypts, one that restores, and the keys. */
function encryptedRestore(app: string) {
  const template = cronJob("restore", app);
  const { spec } = template.spec.jobTemplate.spec.template;
  spec.initContainers = [
    {
      command: ["/bin/sh", "/scripts/decrypt.sh"],
      env: [],
      volumeMounts: [{ name: "backups" }, { name: "keys" }],
    },
  ];
  spec.volumes = [
    { name: "backups" },
    { name: "keys", secret: { secretName: "of no Job" } },
    { name: "of the application" },
  ];
  return template;
}

describe("a restore of what is encrypted", () => {
  const keys = { app: "consul", privateKey: "PRIVATE", signer: "PUBLIC" };
  const env = { BACKUP_FROM: "x.snap.enc" };

  test("has the keys while it runs, in a Secret that belongs to its Job, and no longer", async () => {
    const cluster = new FakeCluster([], { restore: { ok: true, log: "restored" } });
    let secret: unknown;
    const create = cluster.create.bind(cluster);
    cluster.create = (object) => {
      secret = object;
      return create(object);
    };
    await runTask(cluster, { cronJob: encryptedRestore("consul"), keys, env, doing });
    expect(cluster.events).toEqual([
      "run restore x.snap.enc",
      expect.stringMatching(/^create secret restore-consul-\d+t\d+z-keys$/),
      "remove secret",
    ]);
    const [job] = cluster.objects;
    expect(secret).toMatchObject({
      metadata: { ownerReferences: [{ kind: "Job", name: job?.metadata.name }] },
      immutable: true,
      stringData: { "private.pem": "PRIVATE", "signer.pem": "PUBLIC" },
    });
    const { name } = (secret as { metadata: { name: string } }).metadata;
    // It and its Secret go after an hour, should this process be killed.
    expect(job).toMatchObject({
      spec: {
        ttlSecondsAfterFinished: 3600,
        template: {
          spec: { volumes: [{ name: "backups" }, { secret: { secretName: name } }, {}] },
        },
      },
    });
    expect(JSON.stringify(job)).not.toContain("PRIVATE");
  });

  test("that fails takes the keys away, and gives the message of the container that failed", async () => {
    const cluster = new FakeCluster([], { check: { ok: false, log: "of the last container" } });
    cluster.onCreate = () => {
      const pod = cluster.objects.at(-1)!;
      const state = { terminated: { exitCode: 1 } };
      pod["status"] = { initContainerStatuses: [{ name: "decrypt", state }] };
    };
    const args = { cronJob: encryptedRestore("consul"), keys, env, doing };
    await expect(runTask(cluster, { ...args, look: "check" })).rejects.toThrow(
      "of the container decrypt",
    );
    expect(cluster.events.slice(-2)).toEqual(["remove secret", "remove job"]);
  });

  test("that is interrupted takes the keys away", async () => {
    const controller = new AbortController();
    const cluster = new FakeCluster([], { restore: "never" });
    cluster.onCreate = () => controller.abort();
    const { signal } = controller;
    const args = { cronJob: encryptedRestore("consul"), keys, env, doing, signal, interval: 1 };
    await expect(runTask(cluster, args)).rejects.toBeInstanceOf(Interrupted);
    expect(cluster.events.slice(-2)).toEqual(["remove secret", "remove job"]);
  });

  test("tells every container from which backup", () => {
    const job = jobFrom(encryptedRestore("consul"), { now, env });
    const { initContainers = [], containers } = job.spec.template.spec;
    for (const container of [...initContainers, ...containers]) {
      expect(container.env).toContainEqual({ name: "BACKUP_FROM", value: "x.snap.enc" });
    }
  });

  test("is one that has ended well, also where the keys could not be taken away", async () => {
    const told = jest.spyOn(console, "error").mockImplementation();
    const cluster = new FakeCluster([], { restore: { ok: true, log: "restored" } });
    cluster.remove = () => Promise.reject(new Error("no answer"));
    const args = { cronJob: encryptedRestore("consul"), keys, env, doing };
    await expect(runTask(cluster, args)).resolves.toBe("restored");
    expect(told).toHaveBeenCalledWith(
      expect.stringMatching(/-keys .*goes with its Job.* no answer/),
    );
  });

  test("is not begun where the state has no keys, and its pod would wait for them", async () => {
    const cluster = new FakeCluster([]);
    await expect(
      runTask(cluster, { cronJob: encryptedRestore("consul"), env, doing }),
    ).rejects.toThrow(/does not say what opens backups; nothing was touched[^]*make up STACK=apps/);
    expect(cluster.events).toEqual([]);
  });

  test("on a site of older programs has no keys, and needs none", async () => {
    const cluster = new FakeCluster([], { restore: { ok: true, log: "restored" } });
    await runTask(cluster, { cronJob: cronJob("restore", "consul"), keys, env, doing });
    expect(cluster.events).toEqual(["run restore x.snap.enc"]);
  });

  test("is listed without the application and without keys", () => {
    const template = encryptedRestore("consul");
    const job = jobFrom(template, { now, look: "list" });
    expect(job.spec.template.spec).toEqual({
      containers: [
        { command: ["/bin/sh", "/scripts/list.sh"], env: [], volumeMounts: [{ name: "backups" }] },
      ],
      volumes: [{ name: "backups" }],
    });
    expect(template).toEqual(encryptedRestore("consul"));
  });
});

describe("a restore", () => {
  const from = "confluence-20261121T110000Z.dump";
  const template = cronJob("restore", "confluence", "deployment/confluence,deployment/search");
  const args = { app: "confluence", from, created: Date.now() - 3_600_000, interval: 1 };
  const site = (): object[] => [deployment("confluence"), deployment("search", {}, 1)];
  const stopping = ["scale confluence 0", "scale search 0"];
  const starting = ["scale confluence 2", "disown confluence", "scale search 1", "disown search"];

  test("stops, restores, starts, and measures what it cost", async () => {
    const cluster = new FakeCluster(site(), { restore: { ok: true, log: "" } });
    const measured = await restoreFrom(cluster, template, args);
    expect(cluster.events).toEqual([...stopping, `run restore ${from}`, ...starting]);
    expect(measured.pointMs).toBeGreaterThanOrEqual(3_600_000);
    expect(measured.pointMs).toBeLessThan(3_610_000);
    expect(measured.timeMs).toBeLessThan(10_000);
    for (const { metadata } of cluster.objects.slice(0, 2)) {
      expect(metadata.annotations).toEqual({});
      // Or Pulumi would refuse to change the number of pods ever after.
      expect(metadata.managedFields).toEqual([{ manager: "pulumi" }]);
    }
  });

  test("that fails starts what it has stopped", async () => {
    const cluster = new FakeCluster(site(), { restore: { ok: false, log: "out of space" } });
    await expect(restoreFrom(cluster, template, args)).rejects.toThrow("out of space");
    expect(cluster.events).toEqual([...stopping, `run restore ${from}`, ...starting]);
  });

  test("that is interrupted ends the task before it starts anything", async () => {
    const controller = new AbortController();
    const cluster = new FakeCluster(site(), { restore: "never" });
    cluster.onCreate = () => controller.abort();
    const { signal } = controller;
    await expect(restoreFrom(cluster, template, { ...args, signal })).rejects.toBeInstanceOf(
      Interrupted,
    );
    expect(cluster.events).toEqual([...stopping, `run restore ${from}`, "remove job", ...starting]);
  });

  test("after one that was killed does not take 0 for the number of pods", async () => {
    const cluster = new FakeCluster(
      [deployment("confluence", { [REPLICAS_ANNOTATION]: "2" }, 0), deployment("search", {}, 1)],
      { restore: { ok: true, log: "" } },
    );
    await restoreFrom(cluster, template, args);
    expect(cluster.events).toEqual([...stopping, `run restore ${from}`, ...starting]);
  });

  test("that has to stop what is not there touches nothing more", async () => {
    const cluster = new FakeCluster([], {});
    jest.spyOn(console, "error").mockImplementation();
    await expect(restoreFrom(cluster, template, args)).rejects.toThrow(
      /There is no deployment confluence/,
    );
    expect(cluster.events).toEqual([]);
    process.exitCode = 0;
  });

  test("that was killed is put right by the next up", async () => {
    const cluster = new FakeCluster([
      deployment("confluence", { [REPLICAS_ANNOTATION]: "2" }, 0),
      deployment("search", {}, 1),
    ]);
    await undoInterruptedScaling(cluster);
    expect(cluster.events).toEqual(["scale confluence 2", "disown confluence"]);
  });

  test("that is still at work is left alone by up", async () => {
    const restoring = jobFrom(template, { now });
    const cluster = new FakeCluster([
      deployment("confluence", { [REPLICAS_ANNOTATION]: "2" }, 0),
      restoring,
    ]);
    await undoInterruptedScaling(cluster);
    expect(cluster.events).toEqual([]);
  });

  test.each(["", "../x", "-x", ".x", "a/b", "a b", "$(x)", "x".repeat(201)])(
    "from %j is refused before anything is asked",
    (name) => {
      expect(() => checkName(name)).toThrow(
        /^This is not the name of a backup; nothing was touched\./,
      );
    },
  );

  test("reads when the backup was made from what the check printed", () => {
    const manifest = JSON.stringify({ created: "2026-11-21T11:00:00Z", site: "x" }, null, 2);
    expect(createdOf(`a line of the tool {\n${manifest}\n`)).toBe(Date.UTC(2026, 10, 21, 11));
  });
});

test("an application with a task at work is left to it", async () => {
  const at = (app: string) => ({
    ...{ app, namespace: "apps" },
    api: new FakeCluster([jobFrom(cronJob("backup", "consul"), { now })]) as never,
  });
  await expect(refuseWhileRunning(at("consul"))).rejects.toThrow(
    /^A task of consul is at work; nothing was begun\.\n {2}where: job backup-consul-20261121t120000z/,
  );
  await expect(refuseWhileRunning(at("confluence"))).resolves.toBeUndefined();
  // A restore of another one may have stopped what this one would start.
  const restoring = new FakeCluster([jobFrom(cronJob("restore", "confluence-files"), { now })]);
  await expect(
    refuseWhileRunning({ app: "confluence", namespace: "apps", api: restoring }),
  ).rejects.toThrow(/where: job restore-confluence-files-/);
});

test("an application that is not saved is refused with those that are", () => {
  const saved = ["consul", "confluence"].map((app) => ({
    app,
    namespace: "apps",
    maximumAgeHours: 2,
  }));
  expect(selectSavedApp(saved, "consul")).toMatchObject({ app: "consul" });
  expect(() => selectSavedApp(saved, "consu")).toThrow(
    'No application "consu" is saved.\n  where: APP=consu\n  next:  use APP=consul or APP=confluence',
  );
  expect(() => selectSavedApp(saved, undefined)).toThrow(/^Say which application\./);
});

test("backups are listed with age and size, and other lines of a log are no backups", () => {
  const log =
    "Warning: something else\n" +
    "consul-20261121T110000Z.snap 2026-11-21T11:00:00Z 1536 1.22.3 whole\n" +
    "consul-20261121T114500Z.snap - 12 - no-manifest\n";
  expect(backupTable(parseList(log), now)).toBe(
    "BACKUP                        CREATED               AGE  SIZE     RELEASE  STATE\n" +
      "consul-20261121T110000Z.snap  2026-11-21T11:00:00Z  1 h  1.5 KiB  1.22.3   whole\n" +
      "consul-20261121T114500Z.snap  -                     -    12 B     -        no-manifest",
  );
});

test("credentials are named", () => {
  const found = [
    { name: "Consul's UI", user: "operator", secret: "abc" },
    { name: "Consul's API", secret: "def" },
  ];
  expect(credentialsTable(found)).toBe(
    "FOR           USER      PASSWORD OR TOKEN\n" +
      "Consul's UI   operator  abc\n" +
      "Consul's API  -         def",
  );
});

test.each([
  [0, "0 s"],
  [59_999, "59 s"],
  [61_000, "1 min 1 s"],
  [7_200_000, "2 h"],
  [277_200_000, "3 days 5 h"],
])("%i ms are %s", (milliseconds, text) => {
  expect(span(milliseconds)).toBe(text);
});

test.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1024, "1.0 KiB"],
  [5_500_000, "5.2 MiB"],
  [2 ** 50, "1024.0 TiB"],
])("%i bytes are %s", (bytes, text) => {
  expect(size(bytes)).toBe(text);
});
