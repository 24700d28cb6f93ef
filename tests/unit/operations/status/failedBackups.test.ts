import { failedBackupsSection } from "../../../../operations/status/failedBackups";
import { BACKUP_LABEL } from "../../../../kubernetes/taskLabels";

const job = (app: string, minute: number, type?: "Complete" | "Failed") => ({
  kind: "Job",
  metadata: {
    ...{ name: `backup-${app}-${minute}`, namespace: "sys", labels: { [BACKUP_LABEL]: app } },
    creationTimestamp: `2026-01-01T00:${String(minute).padStart(2, "0")}:00Z`,
  },
  spec: {},
  status: {
    conditions:
      type === undefined
        ? []
        : [{ type, status: "True", reason: type === "Failed" ? "BackoffLimitExceeded" : "" }],
  },
});

async function warningsOf(...jobs: ReturnType<typeof job>[]) {
  const list = jest.fn().mockResolvedValue(jobs);
  const backups = [{ app: "consul", namespace: "sys", maximumAgeHours: 48 }];
  const section = await failedBackupsSection({ list }, backups);
  expect([section.text, section.missing]).toEqual(["", []]);
  return section.warnings;
}

test("an application whose last finished try has failed is named, with where the reason stands", async () => {
  expect(
    await warningsOf(job("consul", 9), job("consul", 5, "Failed"), job("consul", 1, "Complete")),
  ).toEqual([
    "the last try to save consul failed (BackoffLimitExceeded): kubectl --namespace sys logs job/backup-consul-5 says why; " +
      "the next run tries again, or make backup APP=consul",
  ]);
});

test("one that was saved after that is not, nor what is no longer saved, nor a site without backups", async () => {
  expect(
    await warningsOf(
      job("consul", 5, "Failed"),
      job("consul", 6, "Complete"),
      job("other", 7, "Failed"),
    ),
  ).toEqual([]);
  expect(await warningsOf()).toEqual([]);
  const list = jest.fn();
  await failedBackupsSection({ list }, []);
  expect(list).not.toHaveBeenCalled();
});
