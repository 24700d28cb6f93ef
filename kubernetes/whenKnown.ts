import * as pulumi from "@pulumi/pulumi";

/** Changes a value. Only an Output becomes an Output, so that a preview shows as much as before. */
export function whenKnown<T, U>(
  value: pulumi.Input<T>,
  change: (known: T) => U,
): U | pulumi.Output<U> {
  return pulumi.Output.isInstance(value) || value instanceof Promise
    ? (pulumi.output(value) as pulumi.Output<T>).apply(change)
    : change(value as T);
}
