import { script } from "../../lib/bash";
import { DATABASE, PORTS, ROLE } from "./names";

/** Where the volume is mounted. Its root may have folders of the file system's own, such as lost+found. */
export const VOLUME_FOLDER = "/var/lib/postgresql/data";

/** PGDATA, below the volume's root. */
export const DATA_FOLDER = `${VOLUME_FOLDER}/pgdata`;

/** Folder of PostgreSQL's socket, for its own container only. */
export const SOCKET_FOLDER = "/var/run/postgresql";

/** Folder of the files below. */
export const FILES_FOLDER = "/etc/confluencedb";

/** Seconds a database may need to replay its log after it was killed. If it is killed meanwhile, it starts again from the beginning. */
export const RECOVERY_SECONDS = 3600;

/**
 * pg_hba.conf: who is asked for a password. The official image's file asks for none from 127.0.0.1, where Adminer
 * connects from: any password would do there.
 */
export const HBA = `# The socket is reached from PostgreSQL's own container only.
local  all  all       trust
host   all  all  all  scram-sha-256
`;

/** Where PostgreSQL differs from its defaults. */
export const SETTINGS: Record<string, string> = {
  hba_file: `${FILES_FOLDER}/pg_hba.conf`,
  listen_addresses: "*",
  // A quarter of the container's memory, as PostgreSQL's manual advises.
  shared_buffers: "256MB",
};

/** The command that becomes the container's first process, so that signals reach PostgreSQL itself. */
export function serverCommand(): string[] {
  return [
    "postgres",
    ...Object.entries(SETTINGS).flatMap(([key, value]) => ["-c", `${key}=${value}`]),
  ];
}

/**
 * prepare.sh, which runs before the server in every new pod: makes the database where there is none, and sets roles and
 * passwords to what the Secret says. So a password is rotated by restarting the pod, whatever it was before.
 *
 * Not left to the image's entrypoint, which reads the password only when it makes the database, and which takes one that it
 * was killed over for a whole one. Not a postStart hook either: it would race against the server's start and recovery, and
 * what it prints is lost. A step that fails here is seen as Init:Error, and `kubectl logs -c prepare` says why.
 */
export function prepareScript(): string {
  return script(
    "set -eu\numask 077",
    `# refuse WHY NEXT
refuse() {
  printf 'PostgreSQL was not started: nothing was changed.\\n  where: %s\\n  why:   %s\\n  next:  %s\\n' "$PGDATA" "$1" "$2" >&2
  exit 1
}`,
    // A release writes its data in the form of its major version; the first word of what --version says after the names.
    `set -- $(postgres --version)
ours=\${3%%.*}`,
    `if test ! -e "$PGDATA"; then
  # Under another name until it is whole: a pod may be ended at any time.
  rm -rf "$PGDATA.new"
  initdb --pgdata="$PGDATA.new" --username="$POSTGRES_USER" --encoding=UTF8 --data-checksums \\
    --auth-local=trust --auth-host=reject
  mv "$PGDATA.new" "$PGDATA"
fi`,
    `read -r theirs <"$PGDATA/PG_VERSION" ||
  refuse "the folder has no file PG_VERSION, so it is not a database" "look what is there; an empty volume becomes a new database"
test "$theirs" = "$ours" ||
  refuse "the data is PostgreSQL $theirs's, the image is PostgreSQL $ours" \\
    "go back to a $theirs.x in apps.confluence.database.version; to change the major version restore a backup into an empty volume"`,
    // A mount may have given the group more than PostgreSQL accepts.
    `chmod 0700 "$PGDATA"`,
    `# Nobody but this script reaches it: no address, only the socket.
pg_ctl start --pgdata="$PGDATA" --wait --timeout=${RECOVERY_SECONDS} \\
  --options="-c listen_addresses='' -c hba_file=${FILES_FOLDER}/pg_hba.conf"
trap 'pg_ctl stop --pgdata="$PGDATA" --mode=fast --wait' EXIT
trap 'exit 143' TERM INT`,
    `psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --host=${SOCKET_FOLDER} --username="$POSTGRES_USER" --dbname=postgres <<'SQL'
${PASSWORDS}SQL`,
  );
}

/**
 * Passwords are neither in a process's arguments nor, should a statement fail, in what psql and the server print about it.
 */
const PASSWORDS = `\\set VERBOSITY terse
SET log_min_error_statement = panic;
SET log_min_duration_statement = -1;
SET log_statement = none;
\\set superuser_password \`printf %s "$POSTGRES_PASSWORD"\`
\\set password \`printf %s "$ATL_JDBC_PASSWORD"\`
ALTER ROLE CURRENT_USER PASSWORD :'superuser_password';
SELECT 'CREATE ROLE ${ROLE}' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${ROLE}') \\gexec
ALTER ROLE ${ROLE} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'password';
SELECT 'CREATE DATABASE ${DATABASE} OWNER ${ROLE}' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '${DATABASE}') \\gexec
`;

/** Seconds a client waits for a database that does not answer before it gives up and is started again. */
const CLIENT_SECONDS = 600;

/**
 * Waits until the database of PGHOST lets PGUSER in: it may be starting, recovering or changing its password, and a pod's
 * policies take a moment until they let it out.
 */
export function waitForDatabase(seconds = CLIENT_SECONDS): string {
  return `deadline=$(($(date +%s) + ${seconds}))
until answer=$(psql --no-psqlrc --no-password --quiet --tuples-only --command='SELECT' 2>&1); do
  if test "$(date +%s)" -ge "$deadline"; then
    printf '%s\\n  where: %s\\n  why:   %s\\n  next:  %s\\n' 'The database did not let this pod in for ${seconds} s.' \\
      "$PGHOST:${PORTS.postgres}, user $PGUSER" "$answer" "look at the pod of the database; kubectl logs -c prepare and -c postgres" >&2
    exit 1
  fi
  sleep 0.5
done`;
}

/** Exit code 0 while the server lets clients in. */
export const READY = ["pg_isready", "--quiet", "--host=127.0.0.1", "--timeout=3"];

/**
 * Exit code 0 while there is a server at all. This includes one that recovers and rejects connections (1): a restart would
 * only make recovery begin again.
 */
export const ALIVE = ["sh", "-c", `${READY.join(" ")} || test $? -eq 1`];

/**
 * Ends PostgreSQL fast: SIGINT has it end all sessions and write a checkpoint. SIGTERM, which comes when this command has
 * returned, would have it wait for its clients, who do not leave. The official image asks its runtime for SIGINT by itself,
 * by STOPSIGNAL; this does not depend on who built the image or runs it.
 */
export const STOP = ["sh", "-c", `read -r pid <"$PGDATA/postmaster.pid" && kill -INT "$pid"`];
