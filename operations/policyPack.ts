import { join } from "node:path";

import type { Violation } from "../policies/policy";
import { checkout } from "./paths";

/** Arguments by which `preview` and `up` hold every resource against the policies of the checkout (policies/README.md). */
export const POLICY_PACK = ["--policy-pack", join(checkout, "policies")];

/** One line of the engine's event log, as far as it matters here. */
interface LoggedEvent {
  policyEvent?: {
    policyName: string;
    enforcementLevel: string;
    resourceUrn?: string;
    message: string;
  };
}

/** What of the messages is for a terminal: the engine's marks for colours. */
const COLOURS = /<\{%[^%]*%\}>/g;

/**
 * The violations in an event log (`--event-log`), each once: an update that was previewed before has seen them twice.
 *
 * @param log - Content of the file; a last line that was cut off is passed over.
 */
export function violationsIn(log: string): Violation[] {
  const found = log.split("\n").flatMap((line): Violation[] => {
    const event = parse(line)?.policyEvent;
    return event === undefined
      ? []
      : [
          {
            policy: event.policyName,
            level: event.enforcementLevel === "mandatory" ? "mandatory" : "advisory",
            urn: event.resourceUrn ?? "",
            message: withoutDescription(event.message.replace(COLOURS, "")),
          },
        ];
  });
  return [...new Map(found.map((one) => [JSON.stringify(one), one])).values()];
}

function parse(line: string): LoggedEvent | undefined {
  try {
    return JSON.parse(line) as LoggedEvent;
  } catch {
    return undefined;
  }
}

/** The library puts the policy's description in a line before the message. */
function withoutDescription(message: string): string {
  const lines = message.trim().split("\n");
  return (lines.length > 1 ? lines.slice(1) : lines).join("\n").trim();
}
