/** Pods of the application, as policies and Services select them. */
export const LABELS = {
  database: { app: "confluencedb" },
  confluence: { app: "confluence" },
  /** Tasks that save and restore the database. */
  backup: { app: "confluence-backup" },
  /** Tasks that save and restore the local home. */
  homeBackup: { app: "confluence-files-backup" },
};

export const DATABASE_SERVICE = "svc-confluencedb";
export const CONFLUENCE_SERVICE = "svc-confluence";

/** The StatefulSets; each pod is the name with -0 at its end. */
export const DATABASE_SET = "sts-confluencedb";
export const CONFLUENCE_SET = "sts-confluence";

/** The local home's own folder on a file server: another one than that of any backups, which may be on the same. */
export const HOME_FOLDER_ON_SERVER = "confluence-home";

/** User and group confluence of Confluence's image. */
export const CONFLUENCE_UID = 2002;

export const PORTS = { postgres: 5432, adminer: 8080, confluence: 8090 };

/** PostgreSQL's administrator, by whom a person logs in to Adminer, and who restores. */
export const SUPERUSER = "postgres";

/** Confluence's own role, which owns its database and may do nothing else. */
export const ROLE = "confluence";

/** Confluence's database. */
export const DATABASE = "confluence";
