import { indent, type Poll, quote, script } from "../../remote/shell";
import { ACCESS, CERTIFICATE_KEYS, OURS } from "./consulAccess";
import { autopilot, type ConsulSpec } from "./consulConfig";
import { PORTS, serverAddress, serverCertificateName, serverNames } from "./consulNames";

/**
 * What the pods run: POSIX sh with coreutils and Consul's own program, because the image is sure to have no more. The program
 * finds server, certificate and token by CONSUL_* variables (consulTask.ts).
 *
 * It takes a token's secret and a gossip key as arguments and in no other way. They are read from files when it is called, so
 * they stand in no object and in no log, but for that moment in the pod's own list of processes.
 */

/** Folders with what a task reads. */
export const TASK_FOLDERS = {
  access: "/consul/access",
  gossip: "/consul/gossip",
  kv: "/consul/certificates",
};

/** As remote/shell.ts has it for bash: asks every half second until the command succeeds, then what it printed is in $answer. */
export function pollPosix({ what, command, deadlineSeconds }: Poll): string {
  return [
    `deadline=$(($(date +%s) + ${deadlineSeconds}))`,
    `until answer=$(${command} 2>&1); do`,
    `  if [ "$(date +%s)" -ge "$deadline" ]; then`,
    `    echo ${quote(`${what}: not so after ${deadlineSeconds} s. The last answer was:`)} >&2`,
    `    printf '%s\\n' "$answer" >&2`,
    `    exit 1`,
    `  fi`,
    `  sleep 0.5`,
    `done`,
  ].join("\n");
}

/**
 * Ready is a server that knows who leads. It is asked with the token of its own, so that neither ACLs nor other servers have
 * to be there to answer.
 */
export const READINESS = script(`
info=$(consul info)
case "$info" in
  *"leader_addr = "[0-9]*) ;;
  *)
    echo "no leader is known"
    exit 1
    ;;
esac`);

/** The leader answers, and the ACLs are there: what every task waits for. */
const waitForLeader = pollPosix({
  what: "Consul answers with a leader and knows the management token",
  // The answer has the token in it; only an error is printed.
  command: "consul acl token read -self",
  deadlineSeconds: 180,
});

/**
 * Brings autopilot, policies and tokens to what this version wants, however they are: first time, changed, or restored from a
 * backup of another time.
 */
export function accessScript(spec: Pick<ConsulSpec, "replicas">): string {
  return script(
    waitForLeader,
    `consul operator autopilot set-config${Object.entries(autopilot(spec))
      .map(([key, value]) => ` -${key.replaceAll("_", "-")}=${value}`)
      .join("")}`,
    ACCESS_FUNCTIONS,
    ...ACCESS.map(
      ({ name, purpose, rules }) =>
        `policy ${quote(name)} ${quote(`${OURS}${purpose}`)} <<'RULES'\n${rules}RULES\ntoken ${quote(name)} ${quote(`${OURS}${purpose}`)}`,
    ),
    REMOVE_OLD_ACCESS,
  );
}

// Commands about tokens print the secret: their output goes nowhere.
const ACCESS_FUNCTIONS = `
wanted=' '

# policy NAME DESCRIPTION <RULES
policy() {
  if consul acl policy read -name "$1" >/dev/null 2>&1; then
    consul acl policy update -name "$1" -description "$2" -rules - >/dev/null
  else
    consul acl policy create -name "$1" -description "$2" -rules - >/dev/null
  fi
}

# token NAME DESCRIPTION
token() {
  accessor=$(cat "${TASK_FOLDERS.access}/$1.accessor")
  wanted="$wanted$1 $accessor "
  if consul acl token read -accessor-id "$accessor" >/dev/null 2>&1; then
    consul acl token update -accessor-id "$accessor" -policy-name "$1" -description "$2" >/dev/null
  else
    consul acl token create -accessor "$accessor" -secret "$(cat "${TASK_FOLDERS.access}/$1.secret")" \\
      -policy-name "$1" -description "$2" >/dev/null
  fi
}`;

/**
 * Ours are known by their descriptions. Of the tokens that Consul makes from a configuration file only the one in use stays:
 * another one came with a backup, and is the management token of a site that was.
 */
const REMOVE_OLD_ACCESS = `
accessor=
own=$(consul acl token read -self)
own=\${own#*AccessorID:}
own=\${own%%SecretID:*}
own=$(echo $own)

tokens=$(consul acl token list)
while IFS= read -r line; do
  case "$line" in
    "AccessorID: "*) accessor=\${line##* } ;;
    "Description: "*"${OURS}"*)
      case "$wanted" in
        *" $accessor "*) ;;
        *) consul acl token delete -accessor-id "$accessor" ;;
      esac
      ;;
    "Description: "*"Initial Management Token")
      [ "$accessor" = "$own" ] || consul acl token delete -accessor-id "$accessor"
      ;;
  esac
done <<END
$tokens
END

policies=$(consul acl policy list)
while IFS= read -r line; do
  case "$line" in
    [!\\ ]*:) name=\${line%:} ;;
    *"Description: "*"${OURS}"*)
      case "$wanted" in
        *" $name "*) ;;
        *) consul acl policy delete -name "$name" ;;
      esac
      ;;
  esac
done <<END
$policies
END`;

/**
 * Makes the key in the file the only gossip key, while everything runs. Begun anew at any point it does what is left. A server
 * that is away would never be let in again without the new key, so it waits for all of them before it touches anything.
 */
export function gossipScript({ replicas }: Pick<ConsulSpec, "replicas">): string {
  const all = `[${replicas}/${replicas}]`;
  return script(
    waitForLeader,
    `key=$(cat ${TASK_FOLDERS.gossip}/key)
all='${all}'`,
    `
# keys OPTION: each key and how many servers have it, [2/3]. Not for a log.
keys() {
  listing=$(consul keyring "$1") || return 1
  printf '%s\\n' "$listing" | while read -r each count; do
    case "$count" in
      "["*"/"*"]") echo "$each $count" ;;
    esac
  done
}

# everywhere OPTION: whether all servers answer and all have the key.
everywhere() {
  found=$(keys "$1") || return 1
  while read -r each count; do
    if [ "$each" = "$key" ]; then
      echo "$count of the servers have it"
      [ "$count" = "$all" ] && return 0 || return 1
    fi
  done <<END
$found
END
  echo "none of the servers has it"
  return 1
}

# present: whether all servers answer.
present() {
  found=$(keys -list) || return 1
  while read -r each count; do
    case "$count" in
      *"/${replicas}]") return 0 ;;
    esac
    echo "servers that have a key, of those that are there: $count"
  done <<END
$found
END
  return 1
}`,
    pollPosix({ what: "All servers are there", command: "present", deadlineSeconds: 300 }),
    'consul keyring -install "$key" >/dev/null',
    pollPosix({
      what: "All servers have the new gossip key",
      command: "everywhere -list",
      deadlineSeconds: 60,
    }),
    'consul keyring -use "$key" >/dev/null',
    pollPosix({
      what: "All servers use the new gossip key",
      command: "everywhere -list-primary",
      deadlineSeconds: 60,
    }),
    `
found=$(keys -list)
while read -r each count; do
  [ "$each" = "$key" ] || consul keyring -remove "$each" >/dev/null
done <<END
$found
END`,
    `echo "the gossip key is the only one, $all"`,
  );
}

/**
 * Writes the pairs in the folder to the KV store, as Traefik reads them, and removes those with higher numbers.
 *
 * Two keys are not written in one step. So a changed pair stands whole under a number of its own, above all others, while the
 * halves under its final number do not match.
 */
export function kvScript(certificates: number): string {
  const spare = `${CERTIFICATE_KEYS}${certificates}`;
  return script(
    pollPosix({
      what: "Consul answers",
      command: `consul kv get -keys ${CERTIFICATE_KEYS}`,
      deadlineSeconds: 180,
    }),
    `
# put FOLDER NUMBER: the pair in the files, below a folder of the KV store.
put() {
  consul kv put "$1/certFile" "@${TASK_FOLDERS.kv}/$2.chain"
  consul kv put "$1/keyFile" "@${TASK_FOLDERS.kv}/$2.key"
}

# same KEY FILE: whether the KV store has the file's content. A file's last line ends in the KV store as in the file.
same() {
  [ "$(consul kv get "$1" 2>/dev/null)" = "$(cat "${TASK_FOLDERS.kv}/$2")" ]
}`,
    ...Array.from({ length: certificates }, (_, number) => {
      const folder = `${CERTIFICATE_KEYS}${number}`;
      return `
if same ${folder}/certFile ${number}.chain && same ${folder}/keyFile ${number}.key; then
  echo "certificate ${number}: unchanged"
else
  put ${spare} ${number}
  put ${folder} ${number}
  consul kv delete -recurse ${spare}/
fi`;
    }),
    `
numbers=$(consul kv get -keys ${CERTIFICATE_KEYS})
for each in $numbers; do
  number=\${each#${CERTIFICATE_KEYS}}
  number=\${number%%/*}
  case "$number" in
    '' | *[!0-9]*) continue ;;
  esac
  [ "$number" -lt ${certificates} ] || consul kv delete -recurse "${CERTIFICATE_KEYS}$number/"
done`,
  );
}

/** Seconds a restored KV store may take until it is readable, and a server until it is back. */
const RESTORE_SECONDS = 180;

/**
 * Restores a snapshot, then puts right what came with it: tokens and policies of another time, and servers that the catalog
 * knows under the identity of a volume that is gone. A catalog does not accept another server under a name it believes
 * healthy; one that leaves is forgotten, and registers anew when it comes back.
 */
export function restoreScript(spec: ConsulSpec): string {
  return script(
    waitForLeader,
    'consul snapshot restore "$FILE"',
    pollPosix({
      what: "The KV store is readable after the restore",
      command: "consul kv get -keys ''",
      deadlineSeconds: RESTORE_SECONDS,
    }),
    'echo "restored: the KV store is readable"',
    accessScript(spec),
    `
# identity SERVER: its id as the servers know each other.
identity() {
  listing=$(consul members -detailed) || return 1
  while read -r name address status tags; do
    [ "$name" = "$1" ] || continue
    id=\${tags#*,id=}
    echo "$status \${id%%,*}"
  done <<END
$listing
END
}

# registered SERVER: its id in the catalog.
registered() {
  listing=$(consul catalog nodes -detailed) || return 1
  while read -r name id rest; do
    [ "$name" != "$1" ] || echo "alive $id"
  done <<END
$listing
END
}

# agrees SERVER
agrees() {
  is=$(identity "$1") || return 1
  listed=$(registered "$1") || return 1
  echo "the servers say: $is; the catalog says: $listed"
  [ -n "$is" ] && [ "$is" = "$listed" ]
}

# votes SERVER
votes() {
  listing=$(consul operator raft list-peers) || return 1
  while read -r name id address state voter rest; do
    [ "$name" != "$1" ] || [ "$voter" != true ] || return 0
  done <<END
$listing
END
  echo "it is no voter yet"
  return 1
}`,
    ...serverNames(spec).map((server) => {
      const address = `https://${serverAddress(server, spec.namespace)}:${PORTS.https}`;
      return `
if ! agrees ${server}; then
  echo "${server} registers anew"
  consul leave -http-addr=${address} -tls-server-name=${serverCertificateName(spec)} || true
${indent(
  [
    pollPosix({
      what: `${server} is in the catalog again`,
      command: `agrees ${server}`,
      deadlineSeconds: RESTORE_SECONDS,
    }),
    pollPosix({
      what: `${server} votes again`,
      command: `votes ${server}`,
      deadlineSeconds: RESTORE_SECONDS,
    }),
  ].join("\n"),
)}
fi`;
    }),
  );
}
