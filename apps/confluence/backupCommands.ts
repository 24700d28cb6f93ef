import { script } from "../../lib/bash";
import { waitForDatabase } from "./databaseFiles";
import { DATABASE, ROLE } from "./names";

/** What tasks do with the database of PGHOST as PGUSER, its administrator. All of it is sh -eu. */

/** Seconds a task waits for the database. */
const WAIT_SECONDS = 120;

/** The database a dump is restored into before it takes its place. A restore that was cut off leaves it. */
const FRESH = `${DATABASE}_restore`;

/** What restores have put aside, as a condition on pg_database. */
const FORMER = `datname LIKE '${DATABASE}\\_before\\_%'`;

const psql = "psql --no-psqlrc --no-password --quiet --set=ON_ERROR_STOP=1";
const value = `${psql} --tuples-only --no-align`;

/** Dumps the database as of one moment while Confluence works on. */
export function saveCommands(): string {
  return script(
    waitForDatabase(WAIT_SECONDS),
    `pg_dump --no-password --dbname=${DATABASE} --format=custom --lock-wait-timeout=60s --file="$FILE"
${value} --command="SELECT pg_database_size('${DATABASE}')" >"$UNPACKED"`,
  );
}

/** Bytes of the log that PostgreSQL writes beside what is restored, before it uses its files again (max_wal_size). */
const LOG_BYTES = 1024 ** 3;

/**
 * Fails where the database's volume has no room for a second database beside the present one. What former restores have left there
 * counts as free, because a restore drops it first. The server itself looks at its volume, which no task can mount.
 */
export function roomCommands(): string {
  return script(
    waitForDatabase(WAIT_SECONDS),
    `sizes() {
  ${value} --command="SELECT coalesce(sum(pg_database_size(datname)), 0) FROM pg_database WHERE $1"
}
present=$(sizes "datname = '${DATABASE}'")
freed=$(sizes "datname = '${FRESH}' OR ${FORMER}")
free=$(${value} <<'SQL'
CREATE TEMPORARY TABLE volume (free bigint);
COPY volume FROM PROGRAM 'set -- $(df -P -k . | tail -n 1); echo $(($4 * 1024))';
SELECT free FROM volume;
SQL
)
need=$UNPACKED
if test -z "$need"; then
  # Older programs did not note it. A dump is compressed.
  need=$(($(stat -c %s "$FILE") * 4))
  test "$need" -gt "$present" || need=$present
fi
log=$need
test "$log" -lt ${LOG_BYTES} || log=${LOG_BYTES}
need=$((need + log))
if test $((free + freed)) -lt "$need"; then
  echo "The database's volume has $free bytes free, and $freed in what former restores have left; the restored one and its log need $need." >&2
  exit 1
fi`,
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
 * as it was; afterwards it is kept under another name until the next restore, which drops it first: there are never more than two.
 */
export function restoreCommands(): string {
  return script(
    waitForDatabase(WAIT_SECONDS),
    `${psql} <<'SQL'
SET client_min_messages = warning;
DROP DATABASE IF EXISTS ${FRESH} WITH (FORCE);
SELECT format('DROP DATABASE %I WITH (FORCE)', datname) FROM pg_database WHERE ${FORMER} \\gexec
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
    'echo "The former database is kept as $former until the next restore."',
  );
}
