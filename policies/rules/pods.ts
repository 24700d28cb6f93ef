import { parseAllDocuments } from "yaml";

import { CONTAINER_LISTS, POD_TEMPLATES } from "../../kubernetes/podTemplates";
import { at, type Inputs, listAt, type Resource } from "../resource";

/** A pod that a resource makes, directly or by what it is a template of. */
export interface Pod {
  labels: unknown;
  spec: Inputs;
}

/** The kind of a Kubernetes object; undefined for every other resource. */
export function kindOf({ type }: Pick<Resource, "type">): string | undefined {
  return type.startsWith("kubernetes:") ? type.split(":").at(-1) : undefined;
}

/** The pods of a resource; also those whose manifests are handed to a program in a ConfigMap. */
export function podsOf(resource: Resource): Pod[] {
  const kind = kindOf(resource) ?? "";
  if (kind === "ConfigMap") {
    return Object.values(at(resource.inputs, "data") ?? {}).flatMap(podsIn);
  }
  return podsAt(kind, resource.inputs);
}

function podsAt(kind: string, object: unknown): Pod[] {
  const path = POD_TEMPLATES[kind] as readonly string[] | undefined;
  const template = path === undefined ? undefined : at(object, ...path);
  const spec = at(template, "spec");
  return typeof spec === "object" && spec !== null
    ? [{ labels: at(template, "metadata", "labels"), spec: spec as Inputs }]
    : [];
}

function podsIn(text: unknown): Pod[] {
  if (typeof text !== "string" || !/^kind: /m.test(text)) {
    return [];
  }
  return parseAllDocuments(text).flatMap((document) => {
    const object = document.errors.length > 0 ? undefined : (document.toJS() as unknown);
    const kind = at(object, "kind");
    return typeof kind === "string" ? podsAt(kind, object) : [];
  });
}

/** A container with its name. */
export interface Container {
  name: string;
  inputs: Inputs;
}

/** All containers of a pod, those that prepare it first. */
export function containersOf({ spec }: Pod): Container[] {
  return CONTAINER_LISTS.flatMap((list) => listAt(spec, list))
    .filter((one): one is Inputs => typeof one === "object" && one !== null)
    .map((inputs) => ({ name: String(inputs.name), inputs }));
}
