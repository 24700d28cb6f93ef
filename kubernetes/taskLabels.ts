/** Names in the tasks of backups: apps sets them, and the commands behind `make` find the tasks, and what is theirs, by them. */

/** Label of what saves: the application's name. */
export const BACKUP_LABEL = "sitewright/backup";

/** Label of what restores: the application's name. */
export const RESTORE_LABEL = "sitewright/restore";

/** Annotation of the template of restores: what `make restore` stops meanwhile, as kind/name, separated by commas. */
export const STOPS_ANNOTATION = "sitewright/restore-stops";

/** Volume of a restore's pod with the keys that open a backup. Its Secret is made for one Job, and named by it. */
export const KEY_VOLUME = "keys";
