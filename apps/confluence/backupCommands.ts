import { script } from "../../lib/bash";
import { waitForDatabase } from "./databaseFiles";
import { DATABASE, ROLE } from "./names";

/** What tasks do with the database of PGHOST as PGUSER, its administrator. All of it is sh -eu. */

/** Seconds a task waits for the database. */
const WAIT_SECONDS = 120;

/** The database a dump is restored into before it takes its place. A restore that was cut off leaves it. */
const FRESH = `${DATABASE}_restore`;

const psql = "psql --no-psqlrc --no-password --quiet --set=ON_ERROR_STOP=1";

/** Dumps the database as of one moment while Confluence works on. */
export function saveCommands(): string {
  return script(
    waitForDatabase(WAIT_SECONDS),
    `pg_dump --no-password --dbname=${DATABASE} --format=custom --lock-wait-timeout=60s --file="$FILE"`,
  );
}

/** Reads all of the dump, unpacked, not only its table of contents: that stands at its beginning. */
export function verifyCommands(): string {
  return script(
    'pg_restore --file=/dev/null "$FILE"',
    `case "$(pg_restore --list "$FILE")" in
  *"TABLE DATA"*) ;;
  *)
    echo 'The dump has no table: the database was empty when it was saved.' >&2
    exit 1
    ;;
esac`,
  );
}

/**
 * Restores into a new database, which takes the place of the present one in a single transaction. Until then the present one is
 * as it was; afterwards it is kept under another name, until the next restore has succeeded.
 */
export function restoreCommands(): string {
  return script(
    waitForDatabase(WAIT_SECONDS),
    `${psql} <<'SQL'
SET client_min_messages = warning;
DROP DATABASE IF EXISTS ${FRESH} WITH (FORCE);
CREATE DATABASE ${FRESH} OWNER ${ROLE} TEMPLATE template0;
SQL`,
    // As Confluence's role, so that everything belongs to it, and to fail where a dump wants more.
    `pg_restore --no-password --dbname=${FRESH} --role=${ROLE} --no-owner --no-privileges \\
  --exit-on-error --single-transaction "$FILE"`,
    `former=${DATABASE}_before_$(date -u +%Y%m%d_%H%M%S)
# A database in use cannot be renamed. Whoever comes between the two statements makes another try of it.
tries=0
until ${psql} --set=former="$former" <<'SQL'
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '${DATABASE}' \\g /dev/null
BEGIN;
ALTER DATABASE ${DATABASE} RENAME TO :"former";
ALTER DATABASE ${FRESH} RENAME TO ${DATABASE};
COMMIT;
SQL
do
  tries=$((tries + 1))
  if test "$tries" -ge 10; then
    echo 'The database stayed in use, so the restored one did not take its place. Stop what uses it.' >&2
    exit 1
  fi
done`,
    `echo "The former database is kept as $former until the next restore."
${psql} --set=former="$former" <<'SQL' || echo 'An older former database could not be removed; it only takes room.' >&2
SELECT format('DROP DATABASE %I WITH (FORCE)', datname) FROM pg_database
WHERE datname LIKE '${DATABASE}\\_before\\_%' AND datname <> :'former' \\gexec
SQL`,
  );
}
