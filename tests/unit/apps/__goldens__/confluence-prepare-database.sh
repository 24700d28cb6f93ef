set -eu
umask 077

# refuse WHY NEXT
refuse() {
  printf 'PostgreSQL was not started: nothing was changed.\n  where: %s\n  why:   %s\n  next:  %s\n' "$PGDATA" "$1" "$2" >&2
  exit 1
}

set -- $(postgres --version)
ours=${3%%.*}

if test ! -e "$PGDATA"; then
  # Under another name until it is whole: a pod may be ended at any time.
  rm -rf "$PGDATA.new"
  initdb --pgdata="$PGDATA.new" --username="$POSTGRES_USER" --encoding=UTF8 --data-checksums \
    --auth-local=trust --auth-host=reject
  mv "$PGDATA.new" "$PGDATA"
fi

read -r theirs <"$PGDATA/PG_VERSION" ||
  refuse "the folder has no file PG_VERSION, so it is not a database" "look what is there; an empty volume becomes a new database"
test "$theirs" = "$ours" ||
  refuse "the data is PostgreSQL $theirs's, the image is PostgreSQL $ours" \
    "go back to a $theirs.x in apps.confluence.database.version; to change the major version restore a backup into an empty volume"

chmod 0700 "$PGDATA"

# Nobody but this script reaches it: no address, only the socket.
pg_ctl start --pgdata="$PGDATA" --wait --timeout=3600 \
  --options="-c listen_addresses='' -c hba_file=/etc/confluencedb/pg_hba.conf"
trap 'pg_ctl stop --pgdata="$PGDATA" --mode=fast --wait' EXIT
trap 'exit 143' TERM INT

psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --host=/var/run/postgresql --username="$POSTGRES_USER" --dbname=postgres <<'SQL'
\set VERBOSITY terse
SET log_min_error_statement = panic;
SET log_min_duration_statement = -1;
SET log_statement = none;
\set superuser_password `printf %s "$POSTGRES_PASSWORD"`
\set password `printf %s "$ATL_JDBC_PASSWORD"`
ALTER ROLE CURRENT_USER PASSWORD :'superuser_password';
SELECT 'CREATE ROLE confluence' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'confluence') \gexec
ALTER ROLE confluence LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'password';
SELECT 'CREATE DATABASE confluence OWNER confluence' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'confluence') \gexec
SQL
