/** Annotations of an object for which the Kubernetes plugin does not wait, because the plugin's condition for ready does not fit. */
export const NOT_AWAITED = { "pulumi.com/skipAwait": "true" };
