import { API_SERVER_FILES } from "../../cluster/hardening/paths";
import { ETCD_USER } from "../../cluster/hardening/etcd";
import { peerUrl } from "../../cluster/kubeadm/etcdctl";
import { poll, quote, script } from "../../lib/bash";
import type { MadeNode } from "./savedSite";

/** What comes from a backup, and the new data until it takes its place. */
export const RECOVERY_FOLDER = "/var/lib/sitewright/etcd-recovery";

/** Folder of etcd's data, and of what recoveries have put aside. */
export const ETCD_FOLDER = "/var/lib/etcd";

/** Seconds until a process that was killed is gone. */
const STOP_SECONDS = 30;

/** Bytes that stay free on a disk that takes the data: a full one would stop etcd. */
const SPARE_BYTES = 256 * 1024 * 1024;

/** How far revisions jump: more than a cluster writes between a backup and its loss. Whoever watches then sees that it must read again. */
const REVISIONS = 1_000_000_000;

/** What a script reads from its standard input: a tar archive. */
export interface Sent {
  bytes: number;
  /** A connection that breaks looks like the end of the input. */
  sha256: string;
}

/** Bash function `need_room BYTES`: ends the script where the data would fill a disk. */
const NEED_ROOM_FUNCTION = `need_room() {
  local folder free
  for folder in ${RECOVERY_FOLDER} ${ETCD_FOLDER}; do
    [[ -d $folder ]] || continue
    free=$(df --output=avail --block-size=1 "$folder" | tail --lines=1)
    ((free > 3 * $1 + ${SPARE_BYTES})) || {
      rm -rf ${RECOVERY_FOLDER}
      echo "$(hostname) has $free bytes free for $folder; $1 bytes three times over, and 256 MiB, have to be. Nothing was touched." >&2
      exit 1
    }
  done
}`;

/** Bash that unpacks the archive on standard input into RECOVERY_FOLDER, for root alone. Give it a umask before. */
export function receive({ bytes, sha256 }: Sent): string {
  return script(
    NEED_ROOM_FUNCTION,
    `rm -rf ${RECOVERY_FOLDER}
mkdir --parents ${RECOVERY_FOLDER}
need_room ${bytes}
cat >${RECOVERY_FOLDER}/parts.tar
exec </dev/null
if [[ $(sha256sum <${RECOVERY_FOLDER}/parts.tar | cut --delimiter=' ' --fields=1) != ${sha256} ]]; then
  rm -rf ${RECOVERY_FOLDER}
  echo "the backup did not arrive whole; nothing was touched" >&2
  exit 1
fi
tar --extract --file ${RECOVERY_FOLDER}/parts.tar --directory ${RECOVERY_FOLDER} --no-same-owner
rm ${RECOVERY_FOLDER}/parts.tar`,
  );
}

/** The same for data that is on the machine: there is nothing to read. */
export function receiveNothing(database: string): string {
  return script(
    NEED_ROOM_FUNCTION,
    `rm -rf ${RECOVERY_FOLDER}
mkdir --parents ${RECOVERY_FOLDER}
need_room "$(stat --format=%s ${database})"`,
  );
}

/** Bash function `stop_control_plane`: the kubelet first, which would start the others again. */
export const STOP_FUNCTION = `have_stopped() { ! pidof etcd kube-apiserver kube-controller-manager kube-scheduler; }
stop_control_plane() {
  local program process deadline answer
  systemctl stop kubelet
  for program in etcd kube-apiserver kube-controller-manager kube-scheduler; do
    process=$(pidof $program) || continue
    kill -KILL $process
  done
${poll({
  what: "etcd and the API server have stopped",
  command: "have_stopped",
  deadlineSeconds: STOP_SECONDS,
}).replaceAll(/^(?=.)/gm, "  ")}
}`;

/**
 * Bash functions for new data of etcd. `restore_data IMAGE FILE [OPTION]...` makes it from a snapshot, in RECOVERY_FOLDER: that of a
 * cluster with this one member. `take_data` lets it take its place; what was there is put aside, never deleted, with the key that its
 * Secrets are encrypted with. `take_encryption FILE` gives the API server the keys of the data's time.
 */
export function restoreFunctions({ name, address }: Pick<MadeNode, "name" | "address">): string {
  return script(
    `member=(--name ${quote(name)} --initial-cluster ${quote(`${name}=${peerUrl(address)}`)} --initial-advertise-peer-urls ${quote(peerUrl(address))})
# restore_with PROGRAM IMAGE FILE OPTION...: what it says is in the file log; true where it has made the data.
restore_with() {
  local program=$1 image=$2 file=$3
  shift 3
  rm -rf ${RECOVERY_FOLDER}/data
  ctr --namespace k8s.io containers delete etcd-recovery 2>/dev/null || true
  ctr --namespace k8s.io run --rm --mount type=bind,src=${RECOVERY_FOLDER},dst=${RECOVERY_FOLDER},options=rbind:rw \\
    --mount type=bind,src=${ETCD_FOLDER},dst=${ETCD_FOLDER},options=rbind:ro "$image" etcd-recovery \\
    "$program" snapshot restore "$file" --data-dir ${RECOVERY_FOLDER}/data "\${member[@]}" "$@" >${RECOVERY_FOLDER}/log 2>&1
}
is_absent() { grep --quiet "executable file not found" ${RECOVERY_FOLDER}/log; }
restore_data() {
  install --directory --owner ${ETCD_USER.name} --group ${ETCD_USER.name} --mode 0700 ${ETCD_FOLDER}
  if ! restore_with etcdutl "$@" --bump-revision ${REVISIONS} --mark-compacted; then
    # Kubernetes' images of etcd 3.5 have no etcdutl, and an etcdctl that still restores.
    if ! is_absent || ! restore_with etcdctl "$@"; then
      tail --lines=5 ${RECOVERY_FOLDER}/log >&2
      exit 1
    fi
  fi
  chown --recursive ${ETCD_USER.name}:${ETCD_USER.name} ${RECOVERY_FOLDER}/data
}`,
    `put_aside() {
  local aside
  [[ -e ${ETCD_FOLDER}/member ]] || return 0
  aside=${ETCD_FOLDER}/before-$(date --utc +%Y%m%dT%H%M%SZ)
  mv ${ETCD_FOLDER}/member "$aside"
  [[ ! -f ${API_SERVER_FILES.encryption} ]] || cp ${API_SERVER_FILES.encryption} "$aside/encryption.yaml"
  echo "what etcd had is in $aside" >&3
}
take_data() {
  put_aside
  mv ${RECOVERY_FOLDER}/data/member ${ETCD_FOLDER}/member
}
take_encryption() {
  [[ -f $1 ]] || return 0
  cp "$1" ${API_SERVER_FILES.encryption}.new
  chmod 0600 ${API_SERVER_FILES.encryption}.new
  mv ${API_SERVER_FILES.encryption}.new ${API_SERVER_FILES.encryption}
}`,
  );
}
