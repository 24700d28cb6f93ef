import { volumesOf, workersOf } from "./applications/exposed";
import type { Environment, NodeSpec } from "./schema";

/** A folder of a file server, and who mounts it. */
export interface Export {
  server: string;
  /** The exported folder. */
  path: string;
  /** Paths of the keys by which volumes are in it. */
  keys: string[];
  /** Nodes on which pods with such a volume may run: the only clients that the export needs. */
  clients: NodeSpec[];
}

type Site = Pick<Environment, "applications" | "namespaces" | "nodes">;

/** What nodes mount by NFS, by server and folder. Pods with a volume run on the workers of their namespace's zone. */
export function exportsOf(site: Site): Export[] {
  const found = new Map<string, Export>();
  for (const { application, path: key, volume } of volumesOf(site)) {
    if (volume.nfs === undefined) {
      continue;
    }
    const { server, path } = volume.nfs;
    const zone = site.namespaces.find(({ name }) => name === application.namespace)?.zone;
    const id = `${server}:${path}`;
    const one = found.get(id) ?? { server, path, keys: [], clients: [] };
    const more = zone === undefined ? [] : workersOf(site, zone);
    one.keys.push(key);
    one.clients.push(...more.filter((node) => !one.clients.includes(node)));
    found.set(id, one);
  }
  return [...found.values()];
}
