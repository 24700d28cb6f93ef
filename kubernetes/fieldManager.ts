/**
 * Owner of the fields that these programs set, in the API server's record of every object.
 *
 * By default the plugin makes up another owner for each object it creates. A killed update has then created objects
 * whose owner no later update is, and each of these ends with a conflict about fields that the API server has given
 * defaults to.
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export const FIELD_MANAGER = "sitewright";

/** Annotation by which the plugin is told the owner. */
export const FIELD_MANAGER_ANNOTATION = "pulumi.com/patchFieldManager";
