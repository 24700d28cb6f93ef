import { LOCK_DEADLINE_SECONDS, withLock } from "../../cluster/kubeadm/lock";
import { poll, script } from "../../lib/bash";
import { LAST_APPLIED_FOLDER } from "../../ssh/lastApplied";
import { PARTS } from "../../cluster/etcd-backup/controlPlane";
import {
  receive,
  receiveNothing,
  RECOVERY_FOLDER,
  restoreFunctions,
  type Sent,
  STOP_FUNCTION,
} from "./restoreData";
import type { MadeNode } from "./savedSite";

/** Seconds for a recovery on the machine: etcd's largest database, and its API server. */
export const RECOVER_SECONDS = LOCK_DEADLINE_SECONDS + 900;

/** Seconds until the API answers out of the recovered data. */
const READY_SECONDS = 180;

/** Where etcd's data comes from: what is sent (PARTS.snapshot and PARTS.encryption), or a data directory on the machine. */
export type Source = { kind: "sent"; sent: Sent } | { kind: "data"; folder: string };

/**
 * Bash that makes a control plane's etcd again: a cluster of this one member. What was there is put aside, never deleted. An
 * interrupted run is repeated as a whole.
 */
export function recoverScript(node: Pick<MadeNode, "name" | "address">, source: Source): string {
  const database = source.kind === "sent" ? "" : `${source.folder}/snap/db`;
  return script(
    withLock(),
    source.kind === "sent" ? receive(source.sent) : receiveNothing(database),
    STOP_FUNCTION,
    restoreFunctions(node),
    `manifest=/etc/kubernetes/manifests/etcd.yaml
# However it ends, the kubelet starts all again, on the data that is there then.
trap 'systemctl start kubelet; rm -rf ${RECOVERY_FOLDER}' EXIT
# Without etcd the API server would take its time.
stop_control_plane
# One that was put elsewhere, or is lost.
[[ -f $manifest ]] || cp ${LAST_APPLIED_FOLDER}/member$manifest $manifest
image=$(awk '$1 == "image:" { print $2 }' $manifest)`,
    source.kind === "sent"
      ? `restore_data "$image" ${RECOVERY_FOLDER}/${PARTS.snapshot}
take_data
take_encryption ${RECOVERY_FOLDER}/${PARTS.encryption}`
      : // A file of a running etcd has no checksum at its end.
        `cp ${source.folder}/encryption.yaml ${RECOVERY_FOLDER}/${PARTS.encryption} 2>/dev/null || true
restore_data "$image" ${database} --skip-hash-check
take_data
take_encryption ${RECOVERY_FOLDER}/${PARTS.encryption}`,
    `systemctl start kubelet
rm -rf ${RECOVERY_FOLDER}
trap - EXIT`,
    poll({
      what: "the API answers out of the recovered data",
      command:
        "kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=5s get --raw /readyz",
      deadlineSeconds: READY_SECONDS,
    }),
  );
}
