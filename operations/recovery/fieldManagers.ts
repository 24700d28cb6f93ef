import { FIELD_MANAGER } from "../../kubernetes/fieldManager";
import type { Kubectl, KubernetesObject, ManagedFields } from "../../kubernetes/kubectl";
import { elapsed } from "../../lib/humanUnits";
import { changeManagedFields, type ManagedObject } from "../backups/managedFields";
import type { ExportedStack, StateResource } from "../engine/exportedStack";

/** The owners that the Kubernetes plugin makes up where a program names none: one for each create. */
const MADE_UP = /^pulumi-kubernetes-[0-9a-f]{8}$/;

/** Where the plugin notes the owner in an object's state. */
const STATE_KEY = "__fieldManager";

/** How many objects are changed at a time. */
const LANES = 4;

/**
 * Gives the fields of a stack's objects that a made-up owner has to FIELD_MANAGER: those of a site that older programs
 * brought up, and those that one of their updates had created when it was killed. Otherwise the next update conflicts
 * with that owner, and fields that the programs drop stay for ever. Only objects that the state names are touched;
 * other owners (an operator, a controller, a person) keep what they own.
 *
 * Costs nothing after an update by these programs that ended well.
 *
 * @param cluster - Asked for only then.
 * @throws OperatorError when the API does not answer.
 */
export async function takeOverFields(
  cluster: () => Promise<Pick<Kubectl, "find" | "patch" | "listKind">>,
  { deployment }: ExportedStack,
): Promise<void> {
  const concerned = objectsToLookAt(deployment);
  if (concerned.length === 0) {
    return;
  }
  const api = await cluster();
  const started = Date.now();
  const found = await madeUpOwners(api, concerned);
  if (found.length === 0) {
    return;
  }
  console.log(
    `${found.length} objects belong to an owner that an older program made up; ${FIELD_MANAGER} takes them over.`,
  );
  const rest = [...found];
  const work = async (): Promise<void> => {
    for (let one = rest.shift(); one !== undefined; one = rest.shift()) {
      await changeManagedFields(api, one, takenOver);
    }
  };
  await Promise.all(Array.from({ length: LANES }, work));
  console.log(`  ${found.length} of ${found.length} taken over, ${elapsed(started)}`);
}

/**
 * The objects whose owner may be a made-up one: those that were being created, those that have one in the state, and those
 * whose last update has failed, for then the state has the owner that was to be.
 */
export function objectsToLookAt({
  resources = [],
  pending_operations: pending = [],
}: ExportedStack["deployment"]): ManagedObject[] {
  const begun = pending
    .filter(({ type }) => type === "creating")
    .flatMap(({ resource }) => named(resource));
  const known = resources.filter(
    ({ outputs, initErrors = [] }) =>
      MADE_UP.test(String(outputs?.[STATE_KEY])) || initErrors.length > 0,
  );
  return [...begun, ...known.flatMap(named)];
}

/** The object of a resource; its kind has its API's version and group behind it, as kubectl reads it. */
function named({ type, inputs = {} }: Pick<StateResource, "type" | "inputs">): ManagedObject[] {
  const { apiVersion, kind, metadata } = inputs as Partial<{
    apiVersion: string;
    kind: string;
    metadata: { name?: unknown; namespace?: string };
  }>;
  if (!type.startsWith("kubernetes:") || !apiVersion || !kind) {
    return [];
  }
  const [version, group = ""] = apiVersion.split("/").reverse();
  return typeof metadata?.name === "string"
    ? [
        {
          kind: `${kind}.${version}.${group}`,
          namespace: metadata.namespace ?? "",
          name: metadata.name,
        },
      ]
    : [];
}

/** Those of the objects that have a made-up owner. */
async function madeUpOwners(
  api: Pick<Kubectl, "listKind">,
  objects: readonly ManagedObject[],
): Promise<ManagedObject[]> {
  const kinds = [...new Set(objects.map(({ kind }) => kind))];
  const lists = await Promise.all(
    kinds.map(async (kind) => [kind, await api.listKind(kind)] as const),
  );
  const owned = new Set(
    lists.flatMap(([kind, list]) => list.filter(hasMadeUpOwner).map((one) => keyOf(kind, one))),
  );
  return objects.filter(({ kind, namespace, name }) =>
    owned.has(JSON.stringify([kind, namespace, name])),
  );
}

const keyOf = (kind: string, { metadata }: KubernetesObject): string =>
  JSON.stringify([kind, metadata.namespace ?? "", metadata.name]);

const hasMadeUpOwner = ({ metadata }: KubernetesObject): boolean =>
  (metadata.managedFields ?? []).some(({ manager }) => MADE_UP.test(manager));

/** The same list, with FIELD_MANAGER in the place of every made-up owner; what it owns several times over is one entry. */
export function takenOver(all: readonly ManagedFields[]): ManagedFields[] {
  const taken: ManagedFields[] = [];
  for (const entry of all) {
    const isMadeUp = MADE_UP.test(entry.manager);
    const own = isMadeUp ? { ...entry, manager: FIELD_MANAGER } : entry;
    const at = taken.findIndex(
      (one) => own.manager === FIELD_MANAGER && identity(one) === identity(own),
    );
    if (at === -1) {
      taken.push(own);
    } else {
      taken[at] = { ...taken[at], fieldsV1: union(taken[at].fieldsV1, own.fieldsV1) };
    }
  }
  return taken;
}

/**
 * What makes two entries one for the API server, which keeps only the last of those.
 * @see https://pkg.go.dev/k8s.io/apimachinery/pkg/util/managedfields/internal#BuildManagerIdentifier
 */
function identity({ manager, operation, apiVersion, subresource }: ManagedFields): string {
  const version = operation === "Apply" ? undefined : apiVersion;
  return JSON.stringify([manager, operation, version, subresource]);
}

/** Fields are a tree of keys, its leaves empty objects. */
type Fields = ManagedFields["fieldsV1"];
function union(one: Fields = {}, other: Fields = {}): Fields {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries(
    [...keys].map((key) => [key, union(one[key] as Fields, other[key] as Fields)]),
  );
}
