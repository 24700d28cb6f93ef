import { parse } from "yaml";

/** A resource in a file of tests/goldens: the keys that are read here. */
interface Entry {
  /** `name (Type)`, the name that its children use for their parent. */
  resource: string;
  type: string;
  parent?: string;
  inputs: unknown;
}

/** An object as it is put to the API server. */
export interface Manifest {
  kind: string;
  metadata: { name: string };
}

/**
 * Kubernetes' objects of a component in a committed graph (tests/goldens), those of components within it included.
 *
 * @param component - As the graph names it: `pod-network-antrea (Antrea)`.
 * @throws Error where there are none: the caller would test nothing.
 */
export function committedObjects(graph: string, component: string): Manifest[] {
  // Aliases stand for texts that occur more than once; the default limit is for untrusted files.
  const entries = parse(graph, { maxAliasCount: -1 }) as Entry[];
  const below = (parent: string): Entry[] =>
    entries.filter((one) => one.parent === parent).flatMap((one) => [one, ...below(one.resource)]);
  const objects = below(component)
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .map(({ inputs }) => inputs as Manifest);
  if (objects.length === 0) {
    throw new Error(`The graph has no objects of ${component}; see tests/goldens.`);
  }
  return objects;
}
