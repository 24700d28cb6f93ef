import type { Kubectl } from "../../kubernetes/kubectl";
import { dropManagedFields, MANAGER } from "./managedFields";
import type { CronJob } from "./taskJob";

type ClockApi = Pick<Kubectl, "find" | "patch">;

/** Which CronJob. */
export interface Clock {
  namespace: string;
  name: string;
}

/** Whether it was suspended before, on a CronJob that a restore has suspended: whoever comes next can put it back. */
export const SUSPEND_ANNOTATION = "sitewright/suspend-before-restore";

/**
 * Lets a CronJob begin nothing more by the clock; what it has begun goes on. Does nothing when there is none of that name.
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

/** Puts back a CronJob that was suspended: an operator may have suspended it before. Does nothing when it was not. */
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
