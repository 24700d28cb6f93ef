import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parse, stringify } from "yaml";

import { checkout } from "../../../lib/paths";
import type { Engine } from "../../../operations/engine/engine";
import { type EngineEvent, readEventLog, type Step } from "../../../operations/engine/eventLog";
import { selectProjects, type StackProject } from "../../../operations/engine/stacks";
import { offlinePreview } from "../../../operations/offline/preview";
import { printed } from "../../unit/cluster/steps";
import type { Config } from "./checkout";

/** Where the previews lie from which unit tests make reports; UPDATE_RECORDINGS=1 writes them again. */
const RECORDINGS = join(checkout, "tests", "unit", "operations", "recordings");

/** What the state made here has in the place of every secret. */
export const canary = "canary-in-the-state-7f3a";

const SPECIAL = "4dabf18193072939515e22adb298388d";
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/**
 * What the real engine and plugins say of a change to a stack that was brought up before, without bringing it up: a preview of a
 * first `up` is turned into a state, the configuration is changed, and the second preview is recorded.
 */
export async function recordedChange(
  environment: string,
  stack: string,
  {
    before,
    after,
    recordedAs = (name) => name,
  }: {
    before: (config: Config) => void;
    after: (config: Config) => void;
    /** The name that a resource has in the state, where an older program named it otherwise. */
    recordedAs?: (name: string, type: string) => string;
  },
): Promise<EngineEvent[]> {
  let recorded: EngineEvent[] = [];
  await offlinePreview(environment, selectProjects(stack), async (engine, project) => {
    const site = join(project.directory, "..");
    const file = readStackFile(site, environment);
    const write = (edit: (config: Config) => void) => {
      edit(file.content.config);
      writeFileSync(file.path, stringify(file.content));
    };
    write(before);
    const first = await logged(engine, project, join(site, "first.jsonl"));
    await importState(
      engine,
      project,
      stateAfter(stepsOf(first), file.content.encryptionsalt, recordedAs),
    );
    write(after);
    recorded = await logged(engine, project, join(site, "second.jsonl"));
  });
  return recorded;
}

async function logged(engine: Engine, project: StackProject, eventLog: string) {
  await engine.run(project, [
    ...["preview", "--stack", engine.environment, "--event-log", eventLog],
  ]);
  return readEventLog(eventLog);
}

function readStackFile(folder: string, environment: string) {
  const path = join(folder, `Pulumi.${environment}.yaml`);
  const content = parse(readFileSync(path, "utf8")) as { encryptionsalt: string; config: Config };
  return { path, content };
}

async function importState(engine: Engine, project: StackProject, state: object): Promise<void> {
  const input = JSON.stringify(state);
  const args = ["stack", "import", "--stack", engine.environment];
  const { ok, stderr } = await engine.capture(project, args, { input });
  if (!ok) {
    throw new Error(stderr);
  }
}

export function stepsOf(events: readonly EngineEvent[]): Step[] {
  return events.flatMap(({ resourcePreEvent: event }) => event?.metadata ?? []);
}

/** Steps whose resources can stand in a state by their inputs alone. Stack references are read; ids of random things and keys are made. */
export function canStand({ type }: Pick<Step, "type">): boolean {
  return type !== "pulumi:pulumi:StackReference" && !/^(random|tls):/.test(type);
}

function stateAfter(
  steps: readonly Step[],
  salt: string,
  recordedAs: (name: string, type: string) => string,
): object {
  const recorded = (urn: string): string => {
    const [types = "", name = ""] = urn.split("::").slice(2);
    const own = types.split("$").at(-1) ?? "";
    return [...urn.split("::").slice(0, 3), recordedAs(name, own)].join("::");
  };
  const kept = steps.filter(canStand);
  const ids = new Map(kept.map(({ urn }, index) => [urn, idOf(index)]));
  const resources = kept.map((step) => {
    const { parent, custom } = step.new as { parent?: string; custom?: boolean };
    const inputs = inputsOf(step);
    return {
      urn: recorded(step.urn),
      type: step.type,
      custom: custom === true,
      ...(custom === true ? { id: ids.get(step.urn) } : {}),
      ...(parent ? { parent: recorded(parent) } : {}),
      ...(step.provider ? { provider: withId(step.provider, ids) } : {}),
      inputs,
      outputs: { ...inputs, ...outputsOf(step) },
    };
  });
  return {
    version: 3,
    deployment: {
      manifest: { time: new Date(0).toISOString(), magic: "", version: "" },
      secrets_providers: { type: "passphrase", state: { salt } },
      resources,
    },
  };
}

function idOf(index: number): string {
  return `00000000-0000-0000-0000-${String(index).padStart(12, "0")}`;
}

/** A reference to a provider is its URN and its id; of a new one the id is not known. */
function withId(provider: string, ids: ReadonlyMap<string, string>): string {
  const urn = provider.slice(0, provider.lastIndexOf("::"));
  return ids.has(urn) ? `${urn}::${ids.get(urn)}` : provider;
}

function inputsOf({ type, new: made }: Step): Record<string, unknown> {
  const inputs = settled(made?.inputs ?? {}) as Record<string, unknown>;
  return type === "command:remote:Command"
    ? { ...inputs, connection: secret({ host: "192.0.2.1", user: "root", privateKey: canary }) }
    : inputs;
}

function outputsOf({ type, urn }: Step): Record<string, unknown> {
  return type.startsWith("command:")
    ? { stdout: secret(printed(urn.split("::").at(-1) ?? "")), stderr: secret(canary) }
    : {};
}

function settled(value: unknown): unknown {
  if (typeof value === "string") {
    return value.replaceAll(UNKNOWN, "known");
  }
  if (Array.isArray(value)) {
    return value.map(settled);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  return SPECIAL in value
    ? secret(canary)
    : Object.fromEntries(Object.entries(value).map(([key, item]) => [key, settled(item)]));
}

function secret(value: unknown): object {
  return { [SPECIAL]: "1b47061264138c4ac30d75fd1eb44270", plaintext: JSON.stringify(value) };
}

/**
 * Keeps a preview for the unit tests, where that is asked for: the steps of some resources and what was said. Not the rest,
 * which is long, and not the lines for debugging, which hold secrets.
 */
export function keepRecording(
  name: string,
  events: readonly EngineEvent[],
  resources: RegExp,
): void {
  if (process.env["UPDATE_RECORDINGS"] !== "1") {
    return;
  }
  const lines = events.flatMap((event) => {
    const { resourcePreEvent: step, diagnosticEvent: said, summaryEvent } = event;
    const kept =
      (step !== undefined && resources.test(step.metadata.urn.split("::").at(-1) ?? "")) ||
      (said !== undefined && ["error", "warning"].includes(said.severity)) ||
      summaryEvent !== undefined;
    return kept ? [JSON.stringify(withoutOutputs(event))] : [];
  });
  mkdirSync(RECORDINGS, { recursive: true });
  writeFileSync(join(RECORDINGS, `${name}.jsonl`), `${lines.join("\n")}\n`);
}

function withoutOutputs(event: EngineEvent): EngineEvent {
  const step = event.resourcePreEvent?.metadata;
  if (step === undefined) {
    return event;
  }
  const [old, made] = [step.old, step.new].map((state) => state && { ...state, outputs: {} });
  return { resourcePreEvent: { metadata: { ...step, old, new: made } } };
}
