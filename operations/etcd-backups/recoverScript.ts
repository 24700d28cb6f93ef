import { ETCD_USER } from "../../cluster/hardening/etcd";
import { ETCD_TASK, etcdctlInTask, peerUrl } from "../../cluster/kubeadm/etcdctl";
import { LOCK_DEADLINE_SECONDS, withLock } from "../../cluster/kubeadm/lock";
import type { Infra } from "../../environment/contracts";
import { poll, quote, script } from "../../lib/bash";
import { LAST_APPLIED_FOLDER } from "../../ssh/lastApplied";

/** Seconds for a recovery on the machine: etcd's largest database, and its API server. */
export const RECOVER_SECONDS = LOCK_DEADLINE_SECONDS + 900;

/** Seconds for asking one etcd. */
export const HEALTH_SECONDS = 20;

/** Seconds until a process that was killed is gone. */
const STOP_SECONDS = 30;

/** Seconds until the API answers out of the recovered data. */
const READY_SECONDS = 180;

/** What comes from the backup, and the new data until it takes its place. */
const FOLDER = "/var/lib/sitewright/etcd-recovery";

/** How far revisions jump: more than a cluster writes between a backup and its loss. Whoever watches then sees that it must read again. */
const REVISIONS = 1_000_000_000;

/** Bash that prints `healthy` where this control plane's etcd has a quorum, else why not. It changes nothing. */
export const HEALTH_SCRIPT = `if ! process=$(pidof etcd) || ! task=$(${ETCD_TASK}) || [[ -z $task ]]; then
  echo "no etcd runs"
  exit 0
fi
# A read goes through the quorum.
if answer=$(${etcdctlInTask("health")} \\
  endpoint health </dev/null 2>&1); then
  echo healthy
else
  tail --lines=1 <<<"$answer"
fi
`;

/**
 * Bash that makes a control plane's etcd again from a snapshot, which is on standard input: a cluster of this one member. What was there
 * is put aside, never deleted. An interrupted run is repeated as a whole.
 *
 * @param sha256 - Of the snapshot: a connection that breaks looks like its end.
 */
export function recoverScript(
  { name, address }: Pick<Infra["nodes"][number], "name" | "address">,
  sha256: string,
): string {
  return script(
    withLock(),
    `mkdir --parents ${FOLDER}
cat >${FOLDER}/snapshot.db
exec </dev/null
if [[ $(sha256sum <${FOLDER}/snapshot.db | cut --delimiter=' ' --fields=1) != ${sha256} ]]; then
  rm -rf ${FOLDER}
  echo "the snapshot did not arrive whole; nothing was touched" >&2
  exit 1
fi
manifest=/etc/kubernetes/manifests/etcd.yaml
# However it ends, the kubelet starts both again, on the data that is there then.
trap 'systemctl start kubelet; rm -rf ${FOLDER}' EXIT
systemctl stop kubelet
# One that was put elsewhere, or is lost.
[[ -f $manifest ]] || cp ${LAST_APPLIED_FOLDER}/member$manifest $manifest
# Without etcd the API server would take its time.
for program in etcd kube-apiserver; do
  process=$(pidof $program) || continue
  kill -KILL $process
done
has_stopped() { ! pidof etcd kube-apiserver; }`,
    poll({
      what: "etcd and the API server have stopped",
      command: "has_stopped",
      deadlineSeconds: STOP_SECONDS,
    }),
    `image=$(awk '$1 == "image:" { print $2 }' $manifest)
member=(--name ${quote(name)} --initial-cluster ${quote(`${name}=${peerUrl(address)}`)} --initial-advertise-peer-urls ${quote(peerUrl(address))})
# restore_with PROGRAM OPTION...: what it says is in the file log; true where it has made the data.
restore_with() {
  local program=$1
  shift
  rm -rf ${FOLDER}/data
  ctr --namespace k8s.io containers delete etcd-recovery 2>/dev/null || true
  ctr --namespace k8s.io run --rm --mount type=bind,src=${FOLDER},dst=/recovery,options=rbind:rw "$image" etcd-recovery \\
    "$program" snapshot restore /recovery/snapshot.db --data-dir /recovery/data "\${member[@]}" "$@" >${FOLDER}/log 2>&1
}
is_absent() { grep --quiet "executable file not found" ${FOLDER}/log; }
if ! restore_with etcdutl --bump-revision ${REVISIONS} --mark-compacted; then
  # Kubernetes' images of etcd 3.5 have no etcdutl, and an etcdctl that still restores.
  if ! is_absent || ! restore_with etcdctl; then
    tail --lines=5 ${FOLDER}/log >&2
    exit 1
  fi
fi
chown --recursive ${ETCD_USER.name}:${ETCD_USER.name} ${FOLDER}/data
if [[ -e /var/lib/etcd/member ]]; then
  aside=/var/lib/etcd/before-$(date --utc +%Y%m%dT%H%M%SZ)
  mv /var/lib/etcd/member "$aside"
  echo "what etcd had is in $aside" >&3
fi
mv ${FOLDER}/data/member /var/lib/etcd/member
systemctl start kubelet
rm -rf ${FOLDER}
trap - EXIT`,
    poll({
      what: "the API answers out of the recovered data",
      command:
        "kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=5s get --raw /readyz",
      deadlineSeconds: READY_SECONDS,
    }),
  );
}
