import { indent, script } from "../../lib/bash";
import { accessScript } from "./aclScript";
import { PORTS, serverAddress, serverCertificateName, serverNames } from "./consulNames";
import { pollPosix, TASK_FOLDERS, waitForLeader } from "./consulScripts";
import { kvScript } from "./kvScript";
import type { ConsulSettings } from "./settings";

/** Seconds a restored KV store may take until it is readable, and a server until it is back. */
const RESTORE_SECONDS = 180;

/**
 * Restores a snapshot, then corrects what came with it: tokens, policies and certificates of an earlier time, and servers that
 * the catalog knows under the identity of a volume that is gone. The catalog does not accept another server under a name that
 * it believes healthy; it drops a server that leaves, and that server registers again when it comes back.
 *
 * @param certificates How many are configured. `up` would not see that the snapshot had others.
 */
export function restoreScript(spec: ConsulSettings, certificates: number): string {
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
    // Before the servers, because Traefik waits for it and a server that does not come back must not stand in its way.
    writeCertificates(certificates),
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

/** The configured pairs over those of the snapshot. On a site whose first `up` has not come to them there are none yet. */
function writeCertificates(certificates: number): string {
  const files = Array.from({ length: certificates }, (_, number) => [
    `${number}.chain`,
    `${number}.key`,
  ]).flat();
  // Not indented: it may have texts in it that end with a word at the beginning of a line.
  return `
mounted() {
  for each in ${files.join(" ")}; do
    [ -f "${TASK_FOLDERS.kv}/$each" ] || return 1
  done
}

if mounted; then
${kvScript(certificates).trim()}
echo "restored: the configured certificates are in the KV store"
else
  echo "the certificates in the KV store are those of the backup: make up STACK=apps writes the configured ones"
fi`;
}
