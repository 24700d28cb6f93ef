import type { EngineEvent } from "../eventLog";

/** A rule of a policy pack that a resource breaks. */
export interface PolicyViolation {
  /** Name of the rule. */
  policy: string;
  /** `mandatory` stops an `up`, `advisory` is said and nothing more. */
  level: string;
  /** The resource's; empty for a rule about the stack as a whole. */
  urn: string;
  /** What is wrong and what to do. */
  message: string;
}

/** What the policy packs said of one stack. */
export interface PolicyResults {
  /** Those that ran. Where there is none, nothing was checked. */
  packs: string[];
  violations: PolicyViolation[];
}

/** Reads the results from what the engine logged of a preview with `--policy-pack`. */
export function policyResults(events: readonly EngineEvent[]): PolicyResults {
  const violations = events.flatMap(({ policyEvent: event }) =>
    event === undefined
      ? []
      : [
          {
            policy: event.policyName,
            level: event.enforcementLevel,
            urn: event.resourceUrn ?? "",
            message: withoutColors(event.message),
          },
        ],
  );
  const packs = new Set(
    events.flatMap(({ policyEvent, summaryEvent }) => [
      ...(policyEvent === undefined ? [] : [policyEvent.policyPackName]),
      ...Object.keys(summaryEvent?.PolicyPacks ?? {}),
    ]),
  );
  return { packs: [...packs].sort(), violations };
}

/** Whether a violation stops an `up`. */
export function isMandatory({ level }: PolicyViolation): boolean {
  return level === "mandatory";
}

/** The engine marks colors in its texts and leaves it to who shows them what to make of that. */
export function withoutColors(text: string): string {
  return text.replace(/<\{%[^%]*%\}>/g, "");
}
