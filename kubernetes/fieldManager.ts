/**
 * Field manager of the fields that these programs set, in the managed fields of every object.
 *
 * By default the plugin invents another field manager for each object that it creates. After a killed update, no later update is the
 * field manager of the new objects, and every update fails with a conflict about fields that the API server has set to defaults.
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export const FIELD_MANAGER = "sitewright";

/** Annotation that tells the plugin the field manager. */
export const FIELD_MANAGER_ANNOTATION = "pulumi.com/patchFieldManager";
