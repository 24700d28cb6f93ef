/** One entry of `pending_operations` in an exported stack: begun by an update that was killed. */
export interface PendingOperation {
  type: string;
  resource: {
    urn: string;
    type: string;
    /** URN and id of the provider, joined by `::`. */
    provider?: string;
    inputs?: Record<string, unknown>;
  };
}

/** A resource as the state has it. */
export interface StateResource {
  urn: string;
  type: string;
  /** The provider's. */
  id?: string;
  /** When the engine has changed it last. */
  modified?: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  /** Why the last update of it failed, where it did after the resource was made. */
  initErrors?: string[];
  /** True while the engine refuses to delete it. */
  protect?: boolean;
  /** True while it waits to be deleted after its replacement. */
  delete?: boolean;
  /** True when it is deleted, and its replacement is not made yet. */
  pendingReplacement?: boolean;
}

/** A stack as `pulumi stack export` prints it, secrets encrypted. */
export interface ExportedStack {
  version: number;
  deployment: {
    resources?: StateResource[];
    pending_operations?: PendingOperation[];
    [key: string]: unknown;
  };
}

/** Whether a stack has nothing but that it exists. */
export function isEmptyStack({ deployment }: Pick<ExportedStack, "deployment">): boolean {
  return (deployment.resources ?? []).every(({ type }) => type === "pulumi:pulumi:Stack");
}
