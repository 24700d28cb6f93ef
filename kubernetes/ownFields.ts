import * as pulumi from "@pulumi/pulumi";

import { FIELD_MANAGER, FIELD_MANAGER_ANNOTATION } from "./fieldManager";

/** A Kubernetes object: its provider has another kind of token. */
const OBJECT_TYPE = /^kubernetes:/;

interface Metadata {
  annotations?: pulumi.Input<Record<string, unknown>>;
}

/**
 * Transformation that makes FIELD_MANAGER the field manager of every Kubernetes object below the resource. The next update then takes
 * over an object that a killed update has created. Fields of other field managers still conflict.
 */
export const ownFields: pulumi.ResourceTransformation = ({ type, props, opts }) => {
  if (!OBJECT_TYPE.test(type)) {
    return undefined;
  }
  const own = { [FIELD_MANAGER_ANNOTATION]: FIELD_MANAGER };
  const { metadata = {} } = props as { metadata?: pulumi.Input<Metadata> };
  const annotated = whenKnown(metadata, ({ annotations = {}, ...rest }) => ({
    ...rest,
    annotations: whenKnown(annotations, (others) => ({ ...others, ...own })),
  }));
  return { props: { ...props, metadata: annotated }, opts };
};

/** Changes a value. Only an Output becomes an Output, so that a preview shows as much as before. */
function whenKnown<T, U>(value: pulumi.Input<T>, change: (known: T) => U): U | pulumi.Output<U> {
  return pulumi.Output.isInstance(value) || value instanceof Promise
    ? (pulumi.output(value) as pulumi.Output<T>).apply(change)
    : change(value as T);
}
