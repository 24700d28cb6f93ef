import type * as pulumi from "@pulumi/pulumi";

import { FIELD_MANAGER, FIELD_MANAGER_ANNOTATION } from "./fieldManager";
import { whenKnown } from "./whenKnown";

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
