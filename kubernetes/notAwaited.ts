/** Annotations of an object that the Kubernetes plugin does not wait for, where its own idea of ready is not the one that counts. */
export const NOT_AWAITED = { "pulumi.com/skipAwait": "true" };
