import type { Infra } from "../../environment/contracts";
import type { Environment, NodeSpec } from "../../environment/schema";
import { quote, script } from "../../lib/bash";
import { installTimer, removeTimer } from "../../ssh/timer";
import { WRITE_FUNCTION } from "../../ssh/writeFunction";
import { CERTIFICATE_CONFIG } from "../certificates/renewal";
import { API_SERVER_FILES } from "../hardening/paths";
import { ETCD_TASK, etcdctlInTask } from "../kubeadm/etcdctl";
import { COMPLETE_MARKER } from "../kubeadm/reset";
import { placeOf } from "../node/machine";
import { STORE_ACCOUNT } from "./store";

/** Name of the service on every control plane, of its timer and of its program. */
export const ETCD_BACKUP = "etcd-backup";

const FOLDER = "/etc/kubernetes/etcd-backup";
/** What backups are encrypted for. */
const RECIPIENT = `${FOLDER}/recipient.pem`;
/** The load balancers, a line each: name and address. */
const STORES = `${FOLDER}/stores`;
const KNOWN_HOSTS = `${FOLDER}/known_hosts`;
const KEY = `${FOLDER}/id_ed25519`;

/** Seconds for installing it. */
export const INSTALL_DEADLINE_SECONDS = 60;

/** Seconds for one backup: a database of 8 GiB, etcd's largest, over a slow line. */
export const BACKUP_DEADLINE_SECONDS = 1800;

/** The control plane's own certificate and key, with which it signs: the cluster's CA vouches for it. */
const SIGNER = "/var/lib/kubelet/pki/kubelet-client-current.pem";

/** Parts of a backup, relative to its root. */
export const PARTS = {
  /** As etcd gives it, with its checksum at its end. */
  snapshot: "snapshot.db",
  /** CAs, the key of ServiceAccounts, and the machine's own certificates. */
  pki: "pki",
  /** The key of Secrets. */
  encryption: "encryption.yaml",
  /** What kubeadm needs to make certificates and kubeconfigs. */
  kubeadm: "kubeadm.yaml",
  /** Lines `name=value`: what it is a backup of. */
  facts: "facts",
} as const;

/**
 * Bash that installs the timer on a control plane, and prints the public key with which it logs in to the load balancers. Standard input
 * is the certificate that backups are encrypted for. The private SSH key is made on the machine and does not leave it.
 */
export function installBackupScript(
  environment: Environment,
  node: NodeSpec,
  loadBalancers: Infra["loadBalancers"],
): string {
  const { everyHours } = environment.kubernetes.etcdBackup;
  // One after the other.
  const minute = `${(37 + 7 * placeOf(environment, node)) % 60}`.padStart(2, "0");
  const stores = loadBalancers.map(({ name, address }) => `${name} ${address}`);
  const hosts = loadBalancers.map(({ address, hostKey }) => `${address} ${hostKey}`);
  return script(
    WRITE_FUNCTION,
    `exec 3>&1 1>&2
recipient=$(cat)
exec </dev/null
install --directory --mode 0700 ${FOLDER}
write ${RECIPIENT} "$recipient" || true # read in every run
write ${STORES} ${quote(stores.join("\n"))} || true
write ${KNOWN_HOSTS} ${quote(hosts.join("\n"))} || true`,
    installTimer({
      name: ETCD_BACKUP,
      description: "Saves etcd and the cluster's keys on the load balancers, encrypted",
      program: backupProgram(environment, node),
      timeoutSeconds: BACKUP_DEADLINE_SECONDS,
      clock: `Saves etcd every ${everyHours} h`,
      // What was missed while the machine was off is made up for.
      times: [`OnCalendar=*-*-* 00/${everyHours}:${minute}:00`, "Persistent=true"],
    }),
    `if [[ ! -f ${KEY} ]]; then
  rm -f ${KEY}.new ${KEY}.new.pub
  ssh-keygen -q -t ed25519 -N '' -C ${quote(node.name)} -f ${KEY}.new
  mv ${KEY}.new.pub ${KEY}.pub
  mv ${KEY}.new ${KEY}
fi
cat ${KEY}.pub >&3`,
  );
}

/** Bash that makes a backup now, so that the whole way is known to work. */
export const RUN_BACKUP = `if ! systemctl start ${ETCD_BACKUP}; then
  journalctl --unit ${ETCD_BACKUP} --lines 20 --no-pager --output cat >&2
  exit 1
fi`;

/** Bash that removes the timer and the key to the load balancers. */
export const REMOVE_BACKUP = removeTimer(ETCD_BACKUP, FOLDER);

/**
 * The program of the timer. Exported for its test. It needs neither the cluster's API nor a quorum, and no program that a control plane
 * has not got: etcdctl runs in etcd's own container.
 */
export function backupProgram({ kubernetes }: Environment, node: NodeSpec): string {
  return `#!/bin/bash
# Saves etcd and the cluster's keys on the load balancers, encrypted for the site's operator. Made by the program cluster.
set -euo pipefail
umask 077
fail() {
  echo "${node.name}: etcd is not saved: $1" >&2
  exit 1
}
exec 9>/run/${ETCD_BACKUP}.lock
flock --wait 60 9 || fail "another run has not ended"
[[ -f ${COMPLETE_MARKER} ]] || exit 0
snapshot=/var/lib/etcd/backup.db
trap 'rm -rf "\${work:-}" $snapshot $snapshot.part' EXIT
# What a run that was killed has left is readable for root alone, and goes all the same.
rm -rf /var/lib/sitewright/${ETCD_BACKUP}.*
work=$(mktemp --directory /var/lib/sitewright/${ETCD_BACKUP}.XXXXXX)
content=$work/content
mkdir "$content"

process=$(pidof etcd) || fail "etcd does not run here"
task=$(${ETCD_TASK})
[[ -n $task ]] || fail "containerd has no container of etcd, whose process is $process"
# A full disk would stop etcd itself.
size=$(stat --format=%s /var/lib/etcd/member/snap/db)
for folder in /var/lib/etcd "$work"; do
  free=$(df --output=avail --block-size=1 "$folder" | tail --lines=1)
  ((free > 3 * size + 268435456)) || fail "its database has $size bytes, and only $free are free for $folder: three times as many, and 256 MiB, have to be"
done
${etcdctlInTask("backup")} \\
  snapshot save $snapshot </dev/null >"$work/log" 2>&1 || fail "$(tail --lines=3 "$work/log")"
# Its last 32 bytes are etcd's checksum of the others.
if [[ $(head --bytes=-32 $snapshot | sha256sum | cut --delimiter=' ' --fields=1) != "$(tail --bytes=32 $snapshot | od -A n -t x1 | tr -d ' \\n')" ]]; then
  fail "what it gave does not agree with its own checksum"
fi
mv $snapshot "$content/${PARTS.snapshot}"

name=$(date --utc +%Y%m%dT%H%M%SZ).cms
cp --recursive /etc/kubernetes/pki "$content/${PARTS.pki}"
cp ${API_SERVER_FILES.encryption} "$content/${PARTS.encryption}"
cp ${CERTIFICATE_CONFIG} "$content/${PARTS.kubeadm}"
printf '%s\\n' ${quote(`cluster=${kubernetes.clusterName}`)} ${quote(`node=${node.name}`)} "created=\${name%.cms}" ${quote(`kubernetes=${kubernetes.version}`)} \\
  "ca=$(openssl x509 -in /etc/kubernetes/pki/ca.crt -noout -fingerprint -sha256 | cut --delimiter== --fields=2)" \\
  "etcd=$(awk '$1 == "image:" { print $2 }' /etc/kubernetes/manifests/etcd.yaml)" >"$content/${PARTS.facts}"
tar --create --gzip --directory "$content" . |
  openssl cms -sign -binary -nodetach -stream -outform DER -signer ${SIGNER} -inkey ${SIGNER} |
  openssl cms -encrypt -binary -stream -outform DER -aes-256-gcm -recip ${RECIPIENT} -keyopt rsa_padding_mode:oaep >"$work/backup"
rm -rf "$content"

digest=$(sha256sum <"$work/backup" | cut --delimiter=' ' --fields=1)
bytes=$(stat --format=%s "$work/backup")
missing=
while read -r store address; do
  if ssh -F none -i ${KEY} -o BatchMode=yes -o IdentitiesOnly=yes -o LogLevel=ERROR -o ConnectTimeout=10 -o ServerAliveInterval=15 \\
    -o StrictHostKeyChecking=yes -o GlobalKnownHostsFile=none -o UserKnownHostsFile=${KNOWN_HOSTS} \\
    "${STORE_ACCOUNT}@$address" "keep $name $digest $bytes" <"$work/backup"; then
    echo "saved as $name on $store, $bytes bytes"
  else
    missing+=" $store"
  fi
done <${STORES}
[[ -z $missing ]] || fail "the backup is not on$missing; the reason stands above"`;
}
