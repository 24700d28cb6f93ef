import type { StackProject } from "../stacks";

/** Where the states of an environment's stacks are kept. */
export interface Backend {
  /** The name that all stacks of the environment have. */
  readonly environment: string;
  /** A file:// URL means this machine. */
  readonly backendUrl: string;
}

/** How the engine answered. */
export interface Answer {
  ok: boolean;
  stdout: string;
  stderr: string;
}

/** A backend, and the engine that is asked about it. */
export interface Reader extends Backend {
  /** Runs one pulumi command silently. */
  capture(
    project: StackProject,
    args: readonly string[],
    options?: { input?: string; timeout?: number; variables?: Record<string, string> },
  ): Promise<Answer>;
}
