import { EXPIRES_SOON } from "../lib/statusSection";
import { span } from "../lib/humanUnits";
import type { VcenterPassword } from "./contracts";

const DAY = 86_400_000;

/** When the vCenter stops taking a password, as far as is known; undefined where passwords do not expire. */
export function passwordEnd({
  since,
  lifetimeDays,
}: Pick<VcenterPassword, "since" | "lifetimeDays">): Date | undefined {
  return lifetimeDays === undefined ? undefined : new Date(Date.parse(since) + lifetimeDays * DAY);
}

/**
 * What is told of a password that ends as soon as a certificate would be a fault, or has ended; undefined before. A lifetime that is so short
 * is told of in its last third.
 */
export function passwordWarning(password: VcenterPassword, now: Date): string | undefined {
  const { user, key, lifetimeDays } = password;
  const end = passwordEnd(password);
  if (end === undefined || lifetimeDays === undefined) {
    return undefined;
  }
  const remaining = end.getTime() - now.getTime();
  if (remaining >= Math.min(EXPIRES_SOON, (lifetimeDays * DAY) / 3)) {
    return undefined;
  }
  const state = remaining < 0 ? `has ended ${span(-remaining)} ago` : `ends in ${span(remaining)}`;
  return (
    `the vCenter's password of ${user} (${key}) ${state}, by site:vsphere.passwordLifetimeDays. ` +
    "Next: change it as docs/vcenter-access.md says"
  );
}
