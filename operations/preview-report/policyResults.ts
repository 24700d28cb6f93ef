import type { Violation } from "../../policies/policy";
import type { EngineEvent } from "../engine/eventLog";

/** What the policy packs said of one stack. */
export interface PolicyResults {
  /** Those that ran. Where there is none, nothing was checked. */
  packs: string[];
  violations: Violation[];
}

/** Reads the results from what the engine logged of a preview with `--policy-pack`. Each violation is there once. */
export function policyResults(events: readonly EngineEvent[]): PolicyResults {
  const found = events.flatMap(({ policyEvent: event }): Violation[] =>
    event === undefined
      ? []
      : [
          {
            policy: event.policyName,
            level: event.enforcementLevel === "mandatory" ? "mandatory" : "advisory",
            urn: event.resourceUrn ?? "",
            message: withoutDescription(withoutColors(event.message)),
          },
        ],
  );
  const violations = [...new Map(found.map((one) => [JSON.stringify(one), one])).values()];
  const packs = new Set(
    events.flatMap(({ policyEvent, summaryEvent }) => [
      ...(policyEvent === undefined ? [] : [policyEvent.policyPackName]),
      ...Object.keys(summaryEvent?.PolicyPacks ?? {}),
    ]),
  );
  return { packs: [...packs].sort(), violations };
}

/** Whether a violation stops an `up`. */
export function isMandatory({ level }: Violation): boolean {
  return level === "mandatory";
}

/** The engine marks colors in its texts and leaves it to who shows them what to make of that. */
export function withoutColors(text: string): string {
  return text.replace(/<\{%[^%]*%\}>/g, "");
}

/** The library puts the policy's description in a line before the message. */
function withoutDescription(message: string): string {
  const lines = message.trim().split("\n");
  return (lines.length > 1 ? lines.slice(1) : lines).join("\n").trim();
}
