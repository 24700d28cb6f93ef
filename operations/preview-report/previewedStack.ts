import type { EngineEvent, Step } from "../engine/eventLog";
import { documentDiffs } from "./documents";
import { type Change, type Operation, operations, type StackPreview } from "./model";
import { changedPaths, plainInputs, reason } from "./plainInputs";
import { policyResults, withoutColors } from "./policyResults";

/** The engine's steps by what they come to; what is not here leaves the resource as it is. */
const OPERATIONS: Record<string, Operation> = {
  create: "create",
  import: "create",
  update: "update",
  delete: "delete",
  replace: "replace",
  "create-replacement": "replace",
  "delete-replaced": "replace",
  "import-replacement": "replace",
};

/** The reason of a change that the engine plans only because a value that it needs is not known before `up`. */
export const INDIRECT = "what it reads of another resource";

/** Reads what a preview of a stack came to from what the engine logged of it. */
export function previewedStack(
  stack: string,
  events: readonly EngineEvent[],
  { ok, seconds }: { ok: boolean; seconds: number },
): StackPreview {
  const steps = events
    .flatMap(({ resourcePreEvent: event }) => event?.metadata ?? [])
    .filter(({ old, new: made }) => (made ?? old)?.custom === true);
  return {
    stack,
    changes: byOperation(changesOf(steps)),
    same: steps.filter(({ op }) => op === "same").length,
    errors: messages(events, "error"),
    warnings: messages(events, "warning"),
    policies: policyResults(events),
    seconds,
    ok,
  };
}

/** What was said in a severity, each message once, with the resources that it is about. */
function messages(events: readonly EngineEvent[], severity: string): string[] {
  const about = new Map<string, string[]>();
  for (const { diagnosticEvent: event } of events) {
    if (event?.severity === severity) {
      const message = withoutColors(event.message).trim();
      const name = nameOf(event.urn ?? "");
      about.set(message, [...(about.get(message) ?? []), ...(name === "" ? [] : [name])]);
    }
  }
  return [...about].map(([message, [first, ...others]]) => {
    const rest = others.length > 0 ? ` and ${others.length} more` : "";
    return first === undefined ? message : `${first}${rest}: ${message}`;
  });
}

/** Loudest operation first, then by name. */
export function byOperation(changes: readonly Change[]): Change[] {
  return [...changes].sort(
    (one, other) =>
      operations.indexOf(one.operation) - operations.indexOf(other.operation) ||
      (one.name < other.name ? -1 : 1),
  );
}

/** Name of a resource, from its URN. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

function changesOf(steps: readonly Step[]): Change[] {
  const byUrn = new Map<string, Step[]>();
  for (const step of steps.filter(({ op }) => op in OPERATIONS)) {
    byUrn.set(step.urn, [...(byUrn.get(step.urn) ?? []), step]);
  }
  return [...byUrn.values()].map((all) => {
    // A replacement has up to three steps; the one named so has both states.
    const telling =
      all.find(({ op }) => op === "replace") ??
      all.find(({ old, new: made }) => old && made) ??
      all[0];
    return changeOf(telling);
  });
}

function changeOf(step: Step): Change {
  const { op, urn, type, old, new: made } = step;
  const operation = OPERATIONS[op];
  const before = old ? plainInputs(type, old.inputs) : undefined;
  const after = made ? plainInputs(type, made.inputs) : undefined;
  return {
    operation,
    name: nameOf(urn),
    type,
    reasons: reasonsOf(step, operation, before, after),
    // What is deleted is named, not shown.
    documents: operation === "delete" ? [] : documentDiffs(type, before, after),
  };
}

function reasonsOf(step: Step, operation: Operation, before: unknown, after: unknown): string[] {
  if (operation === "create") {
    return [step.op === "import" ? "imported" : "new"];
  }
  if (operation === "delete") {
    const kept = step.old?.retainOnDelete === true;
    return [`no longer in the program${kept ? "; what it stands for stays (retainOnDelete)" : ""}`];
  }
  const forcing = new Set(step.keys ?? []);
  const detailed = Object.entries(step.detailedDiff ?? {});
  const paths = detailed.length > 0 ? detailed.map(([path]) => path) : (step.diffs ?? [...forcing]);
  const forces = (path: string) =>
    step.detailedDiff?.[path]?.diffKind.endsWith("-replace") === true ||
    forcing.has(path) ||
    forcing.has(path.split(/[.[]/)[0]);
  const known = paths.length > 0 ? [...new Set(paths)].sort() : changedPaths(before, after);
  const told = (path: string) => reason(path, before, after);
  if (operation === "update") {
    return known.length > 0 ? known.map(told) : [INDIRECT];
  }
  const forced = known.filter(forces).map((path) => `${told(path)} (forces the replacement)`);
  return forced.length > 0
    ? [...forced, ...known.filter((path) => !forces(path)).map(told)]
    : ["its replacement trigger, or the replacement of what it depends on", ...known.map(told)];
}
