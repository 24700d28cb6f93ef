import { existsSync, readFileSync } from "node:fs";

/** State of a resource before or after a step. Secrets are marks in it, without their value. */
export interface StepState {
  id?: string;
  /** False for a component, which is nothing but a group. */
  custom?: boolean;
  retainOnDelete?: boolean;
  inputs?: Record<string, unknown>;
}

/** One step of an update or a preview. */
export interface Step {
  op: string;
  urn: string;
  type: string;
  provider: string;
  old?: StepState | null;
  new?: StepState | null;
  /** Properties that force the replacement. */
  keys?: string[] | null;
  /** Properties that differ. */
  diffs?: string[] | null;
  /** The same with the whole path of each, where the plugin tells them. */
  detailedDiff?: Record<string, { diffKind: string }> | null;
}

/**
 * A line of the log, as far as anything here reads it; the shape is that of sdk/go/common/apitype/events.go of the engine.
 * Never print the lines of severity "debug": they have answers of plugins in them, secrets in clear.
 */
export interface EngineEvent {
  diagnosticEvent?: { urn?: string; message: string; severity: string };
  resourcePreEvent?: { metadata: Step };
  resOpFailedEvent?: { metadata: Step };
  policyEvent?: {
    resourceUrn?: string;
    message: string;
    policyName: string;
    policyPackName: string;
    enforcementLevel: string;
  };
  summaryEvent?: { durationSeconds: number; PolicyPacks?: Record<string, string> | null };
}

/** Reads the file that `pulumi … --event-log` has written: one JSON object a line. An engine that ended early wrote none. */
export function readEventLog(path: string): EngineEvent[] {
  return parseEventLog(existsSync(path) ? readFileSync(path, "utf8") : "");
}

/** The same from the file's content. */
export function parseEventLog(content: string): EngineEvent[] {
  return content
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as EngineEvent);
}
