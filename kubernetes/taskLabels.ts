/** How the tasks of backups are marked in the cluster: apps sets these, and what stands behind `make` finds them by it. */

/** Label of what saves: the application's name. */
export const BACKUP_LABEL = "sitewright/backup";

/** Label of what restores: the application's name. */
export const RESTORE_LABEL = "sitewright/restore";

/** Annotation of the template of restores: what `make restore` stops meanwhile, as kind/name, separated by commas. */
export const STOPS_ANNOTATION = "sitewright/restore-stops";
