import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { Alias, Document, isPair, type Scalar, visit, type YAMLMap } from "yaml";

import type { MachineSpec } from "../../environment/schema";
import { FIELD_MANAGER, FIELD_MANAGER_ANNOTATION } from "../../kubernetes/fieldManager";
import { wholeWord } from "../../operations/preview-report/graphEntries";
import { isSecret } from "./mocks";
import { vmIdOf } from "./vmId";

/** What a program asked the engine for, once for each resource. */
export type Request = Parameters<MockMonitor["registerResource"]>[0];

/** Runs a program under mocks and returns every resource it registers. */
export async function requestsOf(run: () => Promise<unknown>): Promise<Request[]> {
  const spy = jest.spyOn(MockMonitor.prototype, "registerResource");
  try {
    await run();
    return spy.mock.calls
      .map(([request]) => request)
      .filter((request) => request.getType() !== "pulumi:pulumi:Stack");
  } finally {
    spy.mockRestore();
  }
}

/** A machine of the site, as far as its resources differ from those of another one. */
type Machine = Pick<MachineSpec, "name" | "address">;

/**
 * Renders the resources of a program: parent, provider, what they wait for, the options that decide about their lives, and
 * their inputs. Sorted, secrets masked, and a long text that comes more than once written once. A resource of one machine that is
 * like another machine's, their names, addresses and UUIDs aside, only says so (graphEntries reads that).
 */
export function graphOf(requests: readonly Request[], machines: readonly Machine[] = []): string {
  return render(withoutRepetition(new Graph(requests).entries(), machines));
}

function withoutRepetition(entries: readonly Entry[], machines: readonly Machine[]): Entry[] {
  const shown = new Map<string, { like: string; words: string[] }>();
  return entries.map((entry) => {
    const { resource } = entry;
    const own = machines.find(({ name }) => wholeWord(name).test(resource));
    if (own === undefined) {
      return entry;
    }
    const words = [own.name, own.address, vmIdOf(own.name)];
    const text = words.reduce(
      (rest, word, index) => rest.replace(wholeWord(word), `(word ${index})`),
      JSON.stringify(entry),
    );
    const first = shown.get(text);
    if (first === undefined) {
      shown.set(text, { like: resource, words });
      return entry;
    }
    const pairs = first.words.map((word, index) => [word, words[index]!]);
    return { resource, like: first.like, with: Object.fromEntries(pairs) as unknown };
  });
}

/**
 * A resource in the dump; keys that are at their default are left out. Of a Kubernetes object that is the provider `cluster` and
 * our field manager: one without it shows as `fieldManager: the plugin's own`.
 */
type Entry = { resource: string } & Record<string, unknown>;

class Graph {
  constructor(private readonly requests: readonly Request[]) {}

  entries(): Entry[] {
    return this.requests
      .map((request) => this.entry(request))
      .sort((one, other) => (one.resource < other.resource ? -1 : 1));
  }

  private entry(request: Request): Entry {
    const [provider] = request.getProvider().split("::").slice(-2);
    const trigger = request.getReplacementTrigger() as { toJavaScript(): unknown } | undefined;
    const object = request.getObject() as { toJavaScript(): unknown } | undefined;
    const { fieldManager, inputs } = withoutFieldManager(
      request.getType(),
      masked(object?.toJavaScript() ?? {}),
    );
    const set: Record<string, unknown> = {
      type: request.getType(),
      parent: labelOf(request.getParent()),
      provider: isOfCluster(request.getType()) && provider === "cluster" ? undefined : provider,
      fieldManager,
      dependsOn: this.dependencies(request),
      protect: request.getProtect(),
      retainOnDelete: request.getRetainondelete(),
      deletedWith: labelOf(request.getDeletedwith()),
      replaceWith: request.getReplaceWithList().map(labelOf),
      deleteBeforeReplace: request.getDeletebeforereplace(),
      replacementTrigger: masked(trigger?.toJavaScript()),
      ignoreChanges: request.getIgnorechangesList(),
      replaceOnChanges: request.getReplaceonchangesList(),
      additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    };
    const isSet = (value: unknown) =>
      value !== undefined && value !== false && value !== "" && String(value) !== "";
    return {
      resource: `${request.getName()} (${lastWord(request.getType())})`,
      ...Object.fromEntries(Object.entries(set).filter(([, value]) => isSet(value))),
      inputs,
    };
  }

  /** What it waits for, by option or by input. Where that is all of a component, the component stands for it. */
  private dependencies(request: Request): string[] {
    const all = new Set<string>(request.getDependenciesList());
    const left = new Set(all);
    for (const component of this.requests.filter((one) => !one.getCustom())) {
      const own = this.leaves(urnOf(component));
      if (own.length > 0 && own.every((urn) => all.has(urn))) {
        own.forEach((urn) => left.delete(urn));
        left.add(urnOf(component));
      }
    }
    return [...left]
      .filter((urn) => urn !== request.getParent() && !this.isBelowAny(urn, left))
      .map((urn) => labelOf(urn) ?? "")
      .sort();
  }

  private leaves(component: string): string[] {
    return this.requests
      .filter((one) => one.getParent() === component)
      .flatMap((one) => (one.getCustom() ? [urnOf(one)] : this.leaves(urnOf(one))));
  }

  private isBelowAny(urn: string, urns: ReadonlySet<string>): boolean {
    const parent = this.requests.find((one) => urnOf(one) === urn)?.getParent() ?? "";
    return parent !== "" && (urns.has(parent) || this.isBelowAny(parent, urns));
  }
}

/** Whether a type is an object in the cluster, and not a provider or a component. */
function isOfCluster(type: string): boolean {
  return type.startsWith("kubernetes:");
}

/** The inputs without the annotation that every object has, and what is to be shown where it is missing or another. */
function withoutFieldManager(
  type: string,
  inputs: unknown,
): { fieldManager?: string; inputs: unknown } {
  const { metadata } = inputs as { metadata?: Record<string, unknown> };
  const { [FIELD_MANAGER_ANNOTATION]: manager, ...annotations } = (metadata?.["annotations"] ??
    {}) as Record<string, unknown>;
  if (!isOfCluster(type) || manager === FIELD_MANAGER) {
    const kept = { ...metadata, annotations };
    if (Object.keys(annotations).length === 0) {
      delete (kept as { annotations?: object }).annotations;
    }
    return { inputs: manager === undefined ? inputs : { ...(inputs as object), metadata: kept } };
  }
  return { fieldManager: String(manager ?? "the plugin's own"), inputs };
}

/** The URN that the mocks give a resource: the type of its parent alone stands before its own. */
export function urnOf(request: Request): string {
  const parentType = request.getParent().split("::")[2]?.split("$").at(-1);
  const type = [parentType, request.getType()].filter(Boolean).join("$");
  return `urn:pulumi:${[pulumi.getStack(), pulumi.getProject(), type, request.getName()].join("::")}`;
}

/** `name (Type)`; undefined for none, and for the stack itself. */
function labelOf(urn: string): string | undefined {
  const [, , type = "", name] = urn.split("::");
  return name === undefined || type === "pulumi:pulumi:Stack"
    ? undefined
    : `${name} (${lastWord(type)})`;
}

function lastWord(type: string): string {
  return type.split(":").at(-1) ?? type;
}

/** The same with its keys sorted, and a mark in the place of each secret. */
function masked(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(masked);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (isSecret(value)) {
    return "(secret)";
  }
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, item]) => [key, masked(item)]),
  );
}

/** Characters from which on a text is written once and referred to by an alias. */
const LONG = 300;

function render(entries: readonly Entry[]): string {
  const document = new Document(entries, { aliasDuplicateObjects: false });
  const known = new Map<string, { first: Scalar; anchor: string }>();
  const anchors = new Set<string>();
  for (const [index, { resource }] of entries.entries()) {
    visit(document.get(index) as YAMLMap, {
      Scalar(key, node, path) {
        if (key === "key" || typeof node.value !== "string" || node.value.length < LONG) {
          return undefined;
        }
        const before = known.get(node.value);
        if (before !== undefined) {
          before.first.anchor = before.anchor;
          return new Alias(before.anchor);
        }
        const pair = path.at(-1);
        // Named by where it is, so that a change elsewhere does not rename it.
        const place = `${resource} ${isPair(pair) ? String(pair.key) : "text"}`;
        const anchor = unused(place.replace(/[^\w]+/g, "-"), anchors);
        known.set(node.value, { first: node, anchor });
        return undefined;
      },
    });
  }
  return document.toString({ lineWidth: 0 });
}

/** The name, with a number behind it where it is taken; it is taken then. */
function unused(name: string, taken: Set<string>): string {
  const free = taken.has(name) ? unused(`${name}-2`, taken) : name;
  taken.add(free);
  return free;
}
