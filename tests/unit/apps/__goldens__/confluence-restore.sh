deadline=$(($(date +%s) + 120))
until answer=$(psql --no-psqlrc --no-password --quiet --tuples-only --command='SELECT' 2>&1); do
  if test "$(date +%s)" -ge "$deadline"; then
    printf '%s\n  where: %s\n  why:   %s\n  next:  %s\n' 'The database did not let this pod in for 120 s.' \
      "$PGHOST:5432, user $PGUSER" "$answer" "look at the pod of the database; kubectl logs -c prepare and -c postgres" >&2
    exit 1
  fi
  sleep 0.5
done

psql --no-psqlrc --no-password --quiet --set=ON_ERROR_STOP=1 <<'SQL'
SET client_min_messages = warning;
DROP DATABASE IF EXISTS confluence_restore WITH (FORCE);
CREATE DATABASE confluence_restore OWNER confluence TEMPLATE template0;
SQL

pg_restore --no-password --dbname=confluence_restore --role=confluence --no-owner --no-privileges \
  --exit-on-error --single-transaction "$FILE"

former=confluence_before_$(date -u +%Y%m%d_%H%M%S)
# A database in use cannot be renamed. Whoever comes between the two statements makes another try of it.
tries=0
until psql --no-psqlrc --no-password --quiet --set=ON_ERROR_STOP=1 --set=former="$former" <<'SQL'
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'confluence' \g /dev/null
BEGIN;
ALTER DATABASE confluence RENAME TO :"former";
ALTER DATABASE confluence_restore RENAME TO confluence;
COMMIT;
SQL
do
  tries=$((tries + 1))
  if test "$tries" -ge 10; then
    echo 'The database stayed in use, so the restored one did not take its place. Stop what uses it.' >&2
    exit 1
  fi
done

echo "The former database is kept as $former until the next restore."
psql --no-psqlrc --no-password --quiet --set=ON_ERROR_STOP=1 --set=former="$former" <<'SQL' || echo 'An older former database could not be removed; it only takes room.' >&2
SELECT format('DROP DATABASE %I WITH (FORCE)', datname) FROM pg_database
WHERE datname LIKE 'confluence\_before\_%' AND datname <> :'former' \gexec
SQL
