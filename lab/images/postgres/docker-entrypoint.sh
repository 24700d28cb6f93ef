#!/bin/sh
# Entry point of the PostgreSQL image: makes the database cluster when PGDATA has none, then becomes what it was told to run.
#
#   POSTGRES_PASSWORD(_FILE)  of the superuser; needed once, when the cluster is made
#   POSTGRES_USER(_FILE)      the superuser's name (default postgres)
#   POSTGRES_DB(_FILE)        a database that is made with it (default the user's name)
#   POSTGRES_INITDB_ARGS      further arguments of initdb, separated by blanks
#   PGDATA                    where the cluster is (default /var/lib/postgresql/data)
#
# The names and their meaning are those of the official image; what it reads from /docker-entrypoint-initdb.d is not read
# here. A cluster counts from when PG_VERSION is in PGDATA, which is moved there last: one whose making was interrupted is begun
# again or finished, never started half-made.
set -eu

note() { echo "docker-entrypoint.sh: $*"; }
fail() { echo "docker-entrypoint.sh: error: $*" >&2; exit 1; }

# Sets a variable from the file that the variable of the same name with _FILE names, and takes that one away.
from_file() {
  eval "value=\${$1:-} file=\${$1_FILE:-}"
  if [ -n "$value" ] && [ -n "$file" ]; then fail "$1 and $1_FILE are both set; set one of them"; fi
  if [ -n "$file" ]; then
    [ -r "$file" ] || fail "$1_FILE names $file, which cannot be read"
    value=$(cat "$file")
  fi
  unset "$1_FILE"
  eval "$1=\$value"
}

# Every text as an SQL identifier, whatever is in it.
identifier() { printf '"%s"' "$(printf '%s' "$1" | sed 's/"/""/g')"; }

# PGDATA must have nothing in it that is not ours: an interrupted attempt, or what a file system has in its root.
check_empty() {
  for entry in $(ls -A "$PGDATA"); do
    case $entry in
      lost+found | .initdb) ;;
      *) fail "$PGDATA holds $entry but no database (PG_VERSION is missing): it belongs to something else. Set PGDATA to a folder \
that is empty or not there" ;;
    esac
  done
}

# Makes a whole cluster in $made/cluster, and then the file $made/whole.
make_cluster() {
  if [ -z "$POSTGRES_PASSWORD" ]; then
    fail "Database is uninitialized and superuser password is not specified. You must specify POSTGRES_PASSWORD (or \
POSTGRES_PASSWORD_FILE) to a non-empty value for the superuser"
  fi
  check_empty
  note "making the database cluster in $PGDATA"
  umask 0077
  rm -rf "$made"
  mkdir "$made"
  # A file that only this user can read, rather than an argument that all can.
  printf '%s\n' "$POSTGRES_PASSWORD" >"$made/password"
  # shellcheck disable=SC2086 # the arguments are words on purpose
  initdb --pgdata="$made/cluster" --username="$POSTGRES_USER" --pwfile="$made/password" \
    --auth-local=trust --auth-host=scram-sha-256 ${POSTGRES_INITDB_ARGS:-}
  rm "$made/password"
  printf '\nhost all all all scram-sha-256\n' >>"$made/cluster/pg_hba.conf"
  printf "\nlisten_addresses = '*'\n" >>"$made/cluster/postgresql.conf"
  if [ "$POSTGRES_DB" != postgres ]; then
    # A server without socket or port, which takes its statements from standard input.
    printf 'CREATE DATABASE %s;\n' "$(identifier "$POSTGRES_DB")" |
      postgres --single -D "$made/cluster" -c exit_on_error=on postgres >"$made/log" 2>&1 ||
      { cat "$made/log" >&2; fail "the database $POSTGRES_DB could not be made"; }
  fi
  : >"$made/whole"
}

# Puts the cluster in its place. Within one file system each entry is moved at once or not at all.
move_cluster() {
  for entry in "$made"/cluster/*; do
    [ "${entry##*/}" = PG_VERSION ] || mv "$entry" "$PGDATA/"
  done
  mv "$made/cluster/PG_VERSION" "$PGDATA/"
  note "the database cluster is ready"
}

case ${1:-} in
  -*) set -- postgres "$@" ;;
esac
if [ "${1:-}" = postgres ]; then
  asked=
  for argument in "$@"; do
    case $argument in --help | --version | --describe-config | -V | '-?') asked=yes ;; esac
  done
  if [ -z "$asked" ]; then
    : "${PGDATA:=/var/lib/postgresql/data}"
    export PGDATA
    [ "$(id -u)" != 0 ] || fail "PostgreSQL does not run as root: run the image as its user 999"
    from_file POSTGRES_PASSWORD
    from_file POSTGRES_USER
    from_file POSTGRES_DB
    : "${POSTGRES_USER:=postgres}"
    : "${POSTGRES_DB:=$POSTGRES_USER}"
    mkdir -p "$PGDATA" || fail "user $(id -u) cannot make the folder $PGDATA"
    # At every start, because Kubernetes may have given it to a group, which PostgreSQL refuses. Where it belongs to another user
    # this fails, and PostgreSQL says whether its permissions will do.
    chmod 0700 "$PGDATA" 2>/dev/null || true
    made=$PGDATA/.initdb
    if [ ! -s "$PGDATA/PG_VERSION" ]; then
      [ -e "$made/whole" ] || make_cluster
      move_cluster
    fi
    rm -rf "$made"
    # The server has no use for it, and its environment can be read.
    unset POSTGRES_PASSWORD
  fi
fi
exec "$@"
