import type * as pulumi from "@pulumi/pulumi";

import { type ImageLock, withDigest } from "../environment/images/lock";
import { CONTAINER_LISTS, POD_TEMPLATES } from "./podTemplates";
import { whenKnown } from "./whenKnown";

const OBJECT_TYPE = /^kubernetes:/;

type Inputs = Record<string, pulumi.Input<unknown>>;

/**
 * Transformation that gives every image of every pod below the resource the digest that the lockfile has for it. Where a program hands
 * an image to something else, such as a manifest in a ConfigMap, it does so itself, with `withDigest`.
 */
export function imageDigests(lock: ImageLock): pulumi.ResourceTransformation {
  return ({ type, props, opts }) => {
    const template = OBJECT_TYPE.test(type)
      ? POD_TEMPLATES[type.split(":").at(-1) ?? ""]
      : undefined;
    if (template === undefined || Object.keys(lock).length === 0) {
      return undefined;
    }
    const pod = (spec: Inputs) =>
      CONTAINER_LISTS.reduce(
        (changed, list) => at(changed, [list], (containers) => each(containers, lock)),
        spec,
      );
    return { props: at(props as Inputs, [...template, "spec"], pod as Change) as object, opts };
  };
}

type Change = (value: never) => unknown;

/** The object with another value at a path; the same where nothing is there. */
function at(object: Inputs, [key, ...rest]: readonly string[], change: Change): Inputs {
  const value = object[key];
  return value === undefined || value === null
    ? object
    : {
        ...object,
        [key]: whenKnown(value, (known) =>
          rest.length === 0 ? change(known as never) : at(known as Inputs, rest, change),
        ),
      };
}

function each(containers: readonly pulumi.Input<Inputs>[], lock: ImageLock): unknown[] {
  return containers.map((container) =>
    whenKnown(container, (known) =>
      at(known, ["image"], (image: string) => withDigest(image, lock)),
    ),
  );
}
