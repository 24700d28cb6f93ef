import type { PolicyResults } from "./policyResults";

/** What a preview means to do with a resource. A replacement is one change, not the three steps that the engine makes of it. */
export type Operation = "replace" | "delete" | "update" | "create";

/** Loudest first: the order in which a report names them. */
export const operations: readonly Operation[] = ["replace", "delete", "update", "create"];

/** A text that a change writes, or the inputs of a resource, before and after. */
export interface DocumentDiff {
  /** What it is, such as "haproxy.cfg". */
  title: string;
  added: number;
  removed: number;
  /** Hunks of a unified diff, without the header that names files. */
  patch: string;
}

/** One resource that is not left as it is. Components are no resources here: they are groups. */
export interface Change {
  operation: Operation;
  name: string;
  /** As the engine has it: `kubernetes:core/v1:ConfigMap`. */
  type: string;
  /** Each property that differs, those that force a replacement first; else why it happens at all. */
  reasons: string[];
  documents: DocumentDiff[];
}

/** What is known of one stack. */
export interface StackChanges {
  stack: string;
  changes: Change[];
  /** Resources that stay as they are. */
  same: number;
}

/** What a preview of one stack came to. */
export interface StackPreview extends StackChanges {
  /** Messages of the engine, of plugins and of the program, the whole of each. */
  errors: string[];
  warnings: string[];
  policies: PolicyResults;
  /** Wall time of the preview. */
  seconds: number;
  /** Whether the engine said that all went well. */
  ok: boolean;
}

/** Against what an environment was previewed. */
export type Source =
  /** Its state, and the site behind it: what `up` would do. */
  | "site"
  /** A simulated vCenter and no state: what a first `up` would do. */
  | "simulator"
  /** Nothing: only the committed graphs are compared. */
  | "graphs"
  /** Nothing, because of an error that came before any stack. */
  | "none";

/** What the report says of one environment. */
export interface EnvironmentReport {
  environment: string;
  source: Source;
  previews: StackPreview[];
  /** What the committed graphs say, where the state says nothing of what a change does. */
  graphs?: {
    /** The commit they are compared with. */
    base: string;
    stacks: StackChanges[];
  };
}
