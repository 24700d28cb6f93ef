import { OperatorError } from "../../lib/operatorError";
import type { StackProject } from "../engine/stacks";
import type { Driver } from "../engine/stackState";

/** Something that is not in the site as the program has it. */
export interface PlannedChange {
  /** What `up` would do: create, update, replace, delete. */
  operation: string;
  urn: string;
  /** Name in the program. */
  name: string;
  /** Last part of its type: VirtualMachine. */
  kind: string;
  /** What differs: path, and in plain words what is there now where that is short and no secret. */
  properties: string[];
}

/** A resource in a preview, as far as it matters here. */
interface PreviewedState {
  outputs?: Record<string, unknown>;
}

interface PreviewStep {
  op: string;
  urn: string;
  oldState?: PreviewedState | null;
  newState?: PreviewedState | null;
  detailedDiff?: Record<string, unknown> | null;
  diffReasons?: string[] | null;
}

/** A manual change makes its author the field's owner. The Kubernetes API then refuses other managers, also in a dry run. */
export const TAKE_BACK = { PULUMI_K8S_ENABLE_PATCH_FORCE: "true" };

/** Milliseconds for refreshing a site. */
const READ_MS = 300_000;

/** Steps that change nothing. */
const QUIET = new Set(["same", "refresh", "read"]);

/** Steps of a replacement beside the one that is called so. */
const PARTS_OF_REPLACEMENT = new Set(["create-replacement", "delete-replaced"]);

/**
 * What `up` would change after a refresh. Reads only: neither the site nor the state is changed.
 * @param options - Further words for the engine. @default none
 * @throws OperatorError when the site or a part of it does not answer.
 */
export async function plannedChanges(
  engine: Driver,
  project: StackProject,
  options: readonly string[] = [],
): Promise<PlannedChange[]> {
  const args = ["preview", "--refresh", "--json", "--stack", engine.environment, ...options];
  const { ok, stdout, stderr } = await engine.capture(project, args, {
    timeout: READ_MS,
    variables: TAKE_BACK,
  });
  if (!ok) {
    throw new OperatorError({
      what: `What stack ${project.name} has made could not be refreshed.`,
      where: `pulumi preview --refresh, in ${project.directory}`,
      why: `${reasonIn(stdout)}\n${stderr}`.trim().split("\n").slice(-20).join("\n"),
      next: "mend the cause and try again; nothing was changed",
    });
  }
  return readPlan(stdout);
}

/** Reads the steps of a preview in JSON. */
export function readPlan(json: string): PlannedChange[] {
  const { steps = [] } = JSON.parse(json) as { steps?: PreviewStep[] };
  return steps
    .filter(({ op }) => !QUIET.has(op) && !PARTS_OF_REPLACEMENT.has(op))
    .map(({ op, urn, detailedDiff, diffReasons, oldState }) => {
      const paths = Object.keys(detailedDiff ?? {});
      const [type, name] = urn.split("::").slice(-2);
      const kind = type.split(":").at(-1) ?? type;
      return {
        operation: op,
        urn,
        name,
        kind,
        properties: (paths.length > 0 ? paths : (diffReasons ?? [])).map((path) =>
          kind === "Secret" ? path : withValue(path, oldState?.outputs),
        ),
      };
    });
}

/** Longest text that is shown of a property. */
const LONGEST_VALUE = 60;

/** A property's path with what the site has there. The engine has put words of its own in the place of secrets. */
function withValue(path: string, outputs: unknown): string {
  // As in metadata.labels["a.b/c"] or spec.taints[0].key.
  const words = [...path.matchAll(/\["([^"]*)"\]|\[([0-9]+)\]|([^.[\]]+)/g)].map(
    ([, quoted, index, plain]) => quoted ?? index ?? plain,
  );
  const value = words.reduce<unknown>(
    (part, word) =>
      part !== null && typeof part === "object"
        ? (part as Record<string, unknown>)[word]
        : undefined,
    outputs,
  );
  const isShort =
    typeof value === "string" && value.length <= LONGEST_VALUE && !value.includes("\n");
  return isShort || typeof value === "number" || typeof value === "boolean"
    ? `${path} (is ${String(value)})`
    : path;
}

/** The messages of a preview in JSON that failed. */
function reasonIn(stdout: string): string {
  try {
    const { diagnostics = [] } = JSON.parse(stdout) as {
      diagnostics?: { message: string; severity: string }[];
    };
    return diagnostics
      .filter(({ severity }) => severity === "error")
      .map(({ message }) => message.trim())
      .join("\n");
  } catch {
    return stdout;
  }
}
