import { parse } from "yaml";

/** A resource in a committed graph (tests/goldens); secrets are words in it already. */
export interface GraphEntry {
  /** `name (Type)`, the name that others use for it. */
  resource: string;
  type: string;
  parent?: string;
  inputs: Record<string, unknown>;
  /** Its options. */
  [option: string]: unknown;
}

/** A resource that is like one before it, but for some words. */
interface Likeness {
  resource: string;
  /** `name (Type)` of the other one. */
  like: string;
  /** Words of the other one, and those in their place. */
  with: Record<string, string>;
}

/**
 * The resources of a committed graph, each in full.
 * @throws Error when a resource is like one that does not come before it.
 */
export function graphEntries(graph: string): GraphEntry[] {
  // Aliases stand for texts that come more than once; the default limit is for files of strangers.
  const written = (parse(graph, { maxAliasCount: -1 }) ?? []) as (GraphEntry | Likeness)[];
  const known = new Map<string, GraphEntry>();
  for (const one of written) {
    known.set(one.resource, isLikeness(one) ? inFull(one, known.get(one.like)) : one);
  }
  return [...known.values()];
}

function isLikeness(entry: GraphEntry | Likeness): entry is Likeness {
  return "like" in entry;
}

function inFull({ resource, like, with: words }: Likeness, other: GraphEntry | undefined) {
  if (other === undefined) {
    throw new Error(`${resource} is like ${like}, which the graph does not have before it`);
  }
  const text = Object.entries(words).reduce(
    (rest, [word, own]) => rest.replace(wholeWord(word), () => own),
    JSON.stringify(other),
  );
  return JSON.parse(text) as GraphEntry;
}

/** Matches a name or an address, and not the beginning of a longer one. */
export function wholeWord(word: string): RegExp {
  return new RegExp(`${word.replaceAll(".", "\\.")}(?![a-z0-9])`, "g");
}
