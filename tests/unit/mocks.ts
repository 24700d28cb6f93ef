import type { AsyncLocalStorage } from "node:async_hooks";

import * as pulumi from "@pulumi/pulumi";

/** A resource as the program asked for it, its secrets unwrapped. */
export interface Registered {
  type: string;
  name: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- inputs of any resource type
  inputs: Record<string, any>;
  /** Names of the inputs that were passed as secrets. */
  secretInputs: string[];
}

/** How engine and providers answer a program in a test. */
export interface MockSite {
  /** Of the stack in its backend. @default "organization", which file and s3 backends know only */
  organization?: string;
  project: string;
  stack: string;
  /** Configuration by full key; objects are encoded as the engine does it. */
  config?: Record<string, unknown>;
  /** State of a resource beyond its inputs, by type. */
  outputs?: Record<string, (resource: Registered) => Record<string, unknown>>;
  /** Answers to functions, by token. A function without an answer is an error. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- arguments of any function
  calls?: Record<string, (args: Record<string, any>) => Record<string, unknown>>;
  /** Resources in the states of stacks, by full name such as `organization/sitewright-cluster/dev`. Any other stack is unknown. */
  stacks?: Record<string, { urn: string; type: string; outputs?: Record<string, unknown> }[]>;
}

/**
 * Puts mocks in the place of engine and providers. Programs are called after this, not before.
 *
 * @returns The resources registered so far, in order; grows while the program runs.
 */
export async function mockSite(site: MockSite): Promise<Registered[]> {
  const registered: Registered[] = [];
  pulumi.runtime.setAllConfig(
    Object.fromEntries(
      Object.entries(site.config ?? {}).map(([key, value]) => [
        key,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
  );
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        const resource = {
          type,
          name,
          inputs: plain(inputs) as Registered["inputs"],
          secretInputs: Object.keys(inputs).filter((key) => isSecret(inputs[key])),
        };
        registered.push(resource);
        return {
          id: `${name}-id`,
          state: { ...inputs, ...printedTime(resource), ...site.outputs?.[type]?.(resource) },
        };
      },
      call: ({ token, inputs }) => {
        const answer = { ...engineCalls(site), ...site.calls }[token];
        if (answer === undefined) {
          throw new Error(`The test has no answer for ${token}.`);
        }
        try {
          return answer(inputs);
        } catch (error) {
          // Over gRPC, as from a real engine, the text is in the details.
          throw Object.assign(error as Error, { details: (error as Error).message });
        }
      },
    },
    site.project,
    site.stack,
    false,
    site.organization ?? "organization",
  );
  return registered;
}

/** When every password of a vCenter was first used: see pulumi/vcenterPassword.ts. */
export const PASSWORD_SINCE = "2026-11-30T12:00:00Z";

function printedTime({ name }: Registered): Record<string, unknown> {
  return name.endsWith("-password-since") ? { stdout: PASSWORD_SINCE } : {};
}

/**
 * Pulumi keeps a stack of every promise that a program makes, for who looks for one that never ends. Under jest each frame is
 * looked up in a source map, which was more than half of the time of all tests: here the stacks are empty.
 */
const debuggable = jest.requireActual<{
  debuggablePromise: <T>(promise: Promise<T>, context: unknown) => Promise<T>;
}>("@pulumi/pulumi/runtime/debuggable");
const { debuggablePromise } = debuggable;
debuggable.debuggablePromise = (promise, context) => {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return debuggablePromise(promise, context);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
};

/**
 * Pulumi keeps its state in one AsyncLocalStorage for each global object, of which jest makes one for each file. Node goes through
 * all that are in use whenever a promise is made, so those of the files before made every further one slower, at last six times.
 */
afterAll(() => {
  const { asyncLocalStorage } = globalThis as { asyncLocalStorage?: AsyncLocalStorage<unknown> };
  asyncLocalStorage?.disable();
});

/** Functions of the engine itself. */
const engineCalls = ({ stacks }: MockSite): NonNullable<MockSite["calls"]> => ({
  "pulumi:pulumi:readStackOutputs": () => ({}),
  "pulumi:pulumi:readStackResourceOutputs": ({ stackName }) => {
    const resources = stacks?.[stackName as string];
    if (resources === undefined) {
      throw new Error(`unknown stack "${stackName}"`);
    }
    return {
      name: stackName,
      outputs: Object.fromEntries(
        resources.map(({ urn, type, outputs = {} }) => [urn, { type, outputs }]),
      ),
    };
  },
});

/** The value of an output. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}

/** Marks an object as Pulumi's wrapping of a secret on the way to the engine. */
const SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d";

/** The same without the wrapping of secrets. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (isSecret(value)) {
    return plain(value.value);
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

/** Whether it is Pulumi's wrapping of a secret. */
export function isSecret(value: unknown): value is { value: unknown } {
  return (
    typeof value === "object" && value !== null && SECRET_SIGNATURE in value && "value" in value
  );
}
