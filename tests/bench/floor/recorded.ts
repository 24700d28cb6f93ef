import type { MachineLogin } from "../../../operations/machines/login";
import { plainValue } from "../../../operations/engine/plainValue";

/** Stands among the names of steps for the objects of Kubernetes that are made whole, and for the changes of others' objects. */
export const OBJECTS = "(objects)";
export const PATCHES = "(patches)";

/** The steps whose order is more than what they were registered to wait for (order.ts). */
const KINDS = ["prepare", "harden", "initialize", "mint", "join"] as const;
export type Kind = (typeof KINDS)[number] | "other";

/** A step of the stack cluster that logs in on a machine. */
export interface RecordedStep {
  name: string;
  kind: Kind;
  /** The machine that it is about, which is not always the one that it logs in on. */
  machine?: string;
  login: MachineLogin;
  /** The command line that makes what the step stands for. */
  command: string;
  stdin?: string;
  /** What it was registered to wait for: names of steps, OBJECTS, PATCHES. */
  after: string[];
}

/** What an update that made a cluster has done, as its state tells. */
export interface RecordedCluster {
  steps: RecordedStep[];
  /** Namespaces first. */
  objects: object[];
  patches: object[];
}

/** A resource of a state that was exported with its secrets. */
export interface Exported {
  urn: string;
  type: string;
  inputs?: Inputs;
  dependencies?: string[];
}

type Inputs = Record<string, unknown>;

interface Connection {
  host: string;
  user: string;
  privateKey: string;
  hostKey: string;
}

/** Reads the steps and objects of a cluster on these machines. Steps that do nothing but undo are none. */
export function recordedCluster(
  exported: readonly Exported[],
  machines: readonly string[],
): RecordedCluster {
  const byUrn = new Map(
    exported.map((one) => [one.urn, { ...one, inputs: plainValue(one.inputs ?? {}) as Inputs }]),
  );
  const nameOf = (urn: string): string | undefined => {
    const resource = byUrn.get(urn);
    if (resource === undefined) {
      return undefined;
    }
    if (isStep(resource)) {
      return lastWord(urn);
    }
    return isObject(resource) ? (isPatch(resource) ? PATCHES : OBJECTS) : undefined;
  };
  /** What it waits for, also through what is neither. */
  const waits = (urn: string, seen: Set<string>): string[] =>
    (byUrn.get(urn)?.dependencies ?? []).flatMap((on) => {
      if (seen.has(on)) {
        return [];
      }
      seen.add(on);
      const name = nameOf(on);
      return name === undefined ? waits(on, seen) : [name];
    });

  const all = [...byUrn.values()];
  const steps = all.filter(isStep).map(({ urn, inputs }): RecordedStep => {
    const { connection, create, stdin } = inputs as unknown as {
      connection: Connection;
      create: string;
      stdin?: string;
    };
    const { host: address, user, privateKey, hostKey } = connection;
    const name = lastWord(urn);
    const machine = machines.find((one) => name.endsWith(`-${one}`));
    return {
      ...{ name, kind: kindOf(name, machine), command: create },
      login: { address, user, privateKey, hostKey },
      ...(machine === undefined ? {} : { machine }),
      ...(stdin === undefined ? {} : { stdin }),
      after: [...new Set(waits(urn, new Set()))],
    };
  });
  const objects = all.filter(isObject);
  const bodies = (of: typeof objects) => of.map(({ inputs }) => inputs);
  const whole = objects.filter((one) => !isPatch(one));
  return {
    steps,
    objects: [
      ...bodies(whole.filter(({ type }) => type.endsWith(":Namespace"))),
      ...bodies(whole.filter(({ type }) => !type.endsWith(":Namespace"))),
    ],
    patches: bodies(objects.filter(isPatch)),
  };
}

/** With or without the cluster's name before it, as in `hak8sclu-join-hak8swok501`. */
function kindOf(name: string, machine: string | undefined): Kind {
  const words = (machine === undefined ? name : name.slice(0, -machine.length - 1)).split("-");
  return KINDS.find((kind) => kind === words.at(-1)) ?? "other";
}

const lastWord = (urn: string): string => urn.split("::").at(-1) ?? urn;

const isStep = ({ type, inputs }: Exported): boolean =>
  type === "command:remote:Command" && typeof inputs?.["create"] === "string";
const isObject = ({ type }: Exported): boolean => type.startsWith("kubernetes:");
const isPatch = ({ type }: Exported): boolean => type.endsWith("Patch");
