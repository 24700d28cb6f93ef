import type { Environment } from "../../environment/schema";
import { quote, script } from "../../lib/bash";
import { WRITE_FUNCTION } from "../../ssh/writeFunction";

/** Account on a load balancer's machine that control planes send backups to. It can do nothing else. */
export const STORE_ACCOUNT = "etcd-backup";

/** Its home, which belongs to root: it cannot change who may log in. */
const HOME = `/var/lib/${STORE_ACCOUNT}`;

/** Folder of the backups on a load balancer's machine: below it one folder for each control plane, with a file for each backup. */
export const STORE = `${HOME}/store`;

/** Names of backups: the time at which they were begun, UTC. */
export const BACKUP_NAME = "[0-9]{8}T[0-9]{6}Z[.]cms";

const PROGRAM = "/usr/local/sbin/keep-etcd-backup";
const AUTHORIZED_KEYS = `${HOME}/.ssh/authorized_keys`;

/** Seconds from the beginning of a backup until it is kept, at most; more is a wrong clock. */
const CLOCKS_SECONDS = 3600;

/** Seconds for making the account. */
export const STORE_DEADLINE_SECONDS = 60;

/**
 * Bash for a load balancer's machine that lets control planes keep their backups there. Standard input has a line for each: its name and
 * its public SSH key. Backups that are there stay.
 */
export function storeScript({ kubernetes }: Pick<Environment, "kubernetes">): string {
  return script(
    WRITE_FUNCTION,
    `keys=$(cat)
exec </dev/null
if ! getent passwd ${STORE_ACCOUNT} >/dev/null; then
  # No password opens it; one that is locked could not log in with a key either.
  useradd --system --home-dir ${HOME} --no-create-home --shell /bin/bash --password '*' ${STORE_ACCOUNT}
fi
install --directory --mode 0755 ${HOME} ${HOME}/.ssh
install --directory --mode 0700 --owner ${STORE_ACCOUNT} --group ${STORE_ACCOUNT} ${STORE}
write ${PROGRAM} ${quote(keepProgram(kubernetes.etcdBackup))} || true # read at every login
chmod 0755 ${PROGRAM}
lines=
while read -r node key; do
  lines+="restrict,command=\\"${PROGRAM} $node\\" $key"$'\\n'
done <<<"$keys"
write ${AUTHORIZED_KEYS} "\${lines%$'\\n'}" || true`,
  );
}

/** Bash that lets no control plane in any more. The backups stay, and so does their owner. */
export const CLOSE_STORE = `rm -f ${AUTHORIZED_KEYS} ${PROGRAM}`;

/**
 * What sshd runs for that account, whatever a control plane asks for. Exported for its test.
 *
 * Only a backup that arrived whole lets older ones go, and of these only such as are both old and not among the newest. Where the clocks
 * of both machines differ none goes: one that is ahead would take all but the newest.
 */
export function keepProgram({
  keepDays,
  keepAtLeast,
}: Environment["kubernetes"]["etcdBackup"]): string {
  return `#!/bin/bash
# Keeps one backup of etcd that a control plane sends: "keep NAME SHA256 BYTES", with the backup on standard input. Made by the program cluster.
set -euo pipefail
umask 077
refuse() {
  echo "$(hostname) does not keep this backup: $1" >&2
  exit 1
}
read -r action name digest bytes rest <<<"\${SSH_ORIGINAL_COMMAND:-}"
if [[ $action != keep || -n $rest || ! $name =~ ^${BACKUP_NAME}$ || ! $digest =~ ^[0-9a-f]{64}$ || ! $bytes =~ ^[1-9][0-9]{0,12}$ ]]; then
  refuse "it is asked for something else than keep NAME SHA256 BYTES"
fi
store=${STORE}/$1
mkdir --parents "$store"
cd "$store"
exec 9>.lock
flock --wait 60 9 || refuse "another one is being kept"
rm -f .*.partial
free=$(df --output=avail --block-size=1 . | tail --lines=1)
((free > 2 * bytes)) || refuse "it has $bytes bytes, and $free are free in $store, which are to be twice as many"
head --bytes="$bytes" >".$name.partial"
if [[ $(sha256sum <".$name.partial" | cut --delimiter=' ' --fields=1) != "$digest" ]]; then
  rm -f ".$name.partial"
  refuse "what arrived is not what was sent"
fi
sync ".$name.partial"
mv ".$name.partial" "$name"
# What is old is judged by this machine's clock: only if the control plane's, by which the name was given, agrees with it.
begun=$(date --date "\${name:0:8} \${name:9:2}:\${name:11:2}:\${name:13:2} UTC" +%s) || begun=0
apart=$(($(date +%s) - begun))
if ((apart < -${CLOCKS_SECONDS} || apart > ${CLOCKS_SECONDS})); then
  echo "$(hostname) keeps it, and lets no older one go: it was begun at $name by the clock of $1, and here it is $(date --utc +%Y%m%dT%H%M%SZ). Look at both clocks: timedatectl" >&2
  exit 0
fi
ls | sort | head --lines=-${keepAtLeast} | while read -r old; do
  find "$old" -mtime +${keepDays} -delete
done`;
}
