import type { Kubectl } from "../../kubernetes/kubectl";
import { dropManagedFields, MANAGER } from "./managedFields";
import type { CronJob } from "./taskJob";

type ClockApi = Pick<Kubectl, "find" | "patch">;

/** Names a CronJob. */
export interface Clock {
  namespace: string;
  name: string;
}

/** Annotation on a CronJob that a restore has suspended: whether it was suspended before, so that any later run can revert it. */
export const SUSPEND_ANNOTATION = "sitewright/suspend-before-restore";

/**
 * Suspends a CronJob; jobs that it has begun go on. Does nothing when there is none of that name.
 */
export async function suspend(api: ClockApi, clock: Clock): Promise<void> {
  const found = await api.find<CronJob>("cronjob", clock);
  if (found === undefined) {
    return;
  }
  const before =
    found.metadata.annotations?.[SUSPEND_ANNOTATION] ?? `${found.spec.suspend ?? false}`;
  const patch = {
    metadata: { annotations: { [SUSPEND_ANNOTATION]: before } },
    spec: { suspend: true },
  };
  await api.patch("cronjob", clock, patch, MANAGER);
}

/** Reverts `suspend`: a CronJob that an operator had suspended before stays so. Does nothing when it was not suspended here. */
export async function resume(api: ClockApi, clock: Clock): Promise<void> {
  const found = await api.find<CronJob>("cronjob", clock);
  const before = found?.metadata.annotations?.[SUSPEND_ANNOTATION];
  if (before === undefined) {
    return;
  }
  const patch = {
    metadata: { annotations: { [SUSPEND_ANNOTATION]: null } },
    spec: { suspend: before === "true" },
  };
  await api.patch("cronjob", clock, patch, MANAGER);
  await dropManagedFields(api, { kind: "cronjob", ...clock });
}
