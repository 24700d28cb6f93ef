import { createHash } from "node:crypto";

/**
 * Key of a machine's extra configuration in the vCenter with its mark. Not below guestinfo: the guest can neither read nor write
 * it. It is written once, after the clone, and never changed.
 */
export const MARK_KEY = "sitewright.mark";

/**
 * What distinguishes a machine of this site from another one of the same name: its host key was made for it before, and is in no other
 * state. The mark reveals nothing that the machine does not tell every client that connects to it.
 */
export function machineMark(hostPublicKey: string): string {
  return createHash("sha256").update(hostPublicKey.trim()).digest("hex");
}
