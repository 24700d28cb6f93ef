import { type GraphEntry, graphEntries } from "../operations/preview-report/graphEntries";

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
  const entries = graphEntries(graph);
  const below = (parent: string): GraphEntry[] =>
    entries.filter((one) => one.parent === parent).flatMap((one) => [one, ...below(one.resource)]);
  const objects = below(component)
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .map(({ inputs }) => inputs as unknown as Manifest);
  if (objects.length === 0) {
    throw new Error(`The graph has no objects of ${component}; see tests/goldens.`);
  }
  return objects;
}
