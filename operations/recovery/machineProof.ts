import { machineMark } from "../../vcenter/machineMark";
import type { StateResource } from "../engine/exportedStack";
import type { UnconfirmedCreate } from "./unconfirmedCreates";

/** What the vCenter says of a machine under a path of its inventory. */
export interface MachineOrigin {
  path: string;
  found: boolean;
  /** False while the vCenter has no configuration of it yet. */
  complete: boolean;
  /** Empty while the vCenter has no configuration of it. */
  uuid: string;
  /** The value of MARK_KEY; empty where there is none. */
  mark: string;
  /** How it was made; null where the vCenter does not know. */
  clone: {
    /** Account that cloned it. */
    user: string;
    /** Whether that is the account which asks now. */
    byUs: boolean;
    /** UUID of what was cloned; empty when that is gone. */
    source: string;
    /** Seconds since then, by the vCenter's clock. */
    ageSeconds: number;
  } | null;
}

/** What identifies a machine that this site has made. */
export interface KnownBy {
  /** Undefined when the state has no host key of it. */
  mark?: string;
  /** UUID of the template. */
  template?: string;
  /** Seconds since the killed update began; undefined when that was not recorded. */
  sinceSeconds?: number;
}

/** Whether a machine is there, and this site's; otherwise why that cannot be said. */
export type Verdict = "absent" | "ours" | { doubt: string };

/** Seconds by which two clocks may differ while an update is cut off and settled. */
const CLOCK_SECONDS = 10;

/**
 * Judges whether a machine may be taken over and destroyed. Its name proves nothing: another client may have made one of that name
 * meanwhile. Its mark is proof: the plugin writes it as soon as the clone is made. Where the plugin was killed before that, the
 * clone itself is proof, if our account made it from our template after our update began.
 */
export function judgeMachine(
  { found, complete, mark, clone }: MachineOrigin,
  known: KnownBy,
): Verdict {
  if (!found) {
    return "absent";
  }
  if (mark !== "") {
    return mark === known.mark
      ? "ours"
      : { doubt: "it bears the mark of another site, or of an earlier life of this one" };
  }
  if (!complete) {
    return { doubt: "its clone is still under way: wait until that task has ended" };
  }
  if (clone === null) {
    return { doubt: "it bears no mark, and the vCenter does not know how it was made" };
  }
  if (!clone.byUs) {
    return { doubt: `it bears no mark, and ${clone.user} has cloned it` };
  }
  if (clone.source === "" || clone.source !== known.template) {
    return { doubt: "it bears no mark, and was cloned from another template" };
  }
  if (known.sinceSeconds === undefined) {
    return {
      doubt: "it bears no mark, and when the update began that was killed is not known here",
    };
  }
  return clone.ageSeconds <= known.sinceSeconds + CLOCK_SECONDS
    ? "ours"
    : { doubt: "it bears no mark, and was cloned before the update began that was killed" };
}

/** What identifies the machine that an operation was to make. */
export function knownBy(
  { urn, inputs = {}, begun }: UnconfirmedCreate,
  resources: readonly StateResource[],
  now: Date,
): KnownBy {
  const hostKey = resources.find((one) => one.urn === hostKeyOf(urn))?.outputs?.publicKeyOpenssh;
  const { templateUuid } = (inputs.clone ?? {}) as Record<string, unknown>;
  return {
    ...(typeof hostKey === "string" ? { mark: machineMark(hostKey) } : {}),
    ...(typeof templateUuid === "string" ? { template: templateUuid } : {}),
    ...(begun === undefined ? {} : { sinceSeconds: (now.getTime() - Date.parse(begun)) / 1000 }),
  };
}

/** The host key beside a machine: infra/machine/machine.ts makes both below one component. */
function hostKeyOf(urn: string): string {
  return urn
    .replace(
      /vsphere:index\/virtualMachine:VirtualMachine(?=::)/,
      "tls:index/privateKey:PrivateKey",
    )
    .replace(/-vm$/, "-host-key");
}
