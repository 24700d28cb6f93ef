import { ETCD_TASK, etcdctlInTask } from "../../cluster/kubeadm/etcdctl";
import { BEGUN_MARKER, COMPLETE_MARKER } from "../../cluster/kubeadm/reset";
import { script } from "../../lib/bash";
import { RECOVERY_MARKER } from "./rebuildScript";

/** Seconds for asking one control plane. */
export const CONDITION_SECONDS = 20;

/** What a machine has of a control plane. */
const STANDINGS = ["complete", "begun", "empty", "foreign"] as const;

/** What is known of a control plane and its etcd. */
export interface Condition {
  /**
   * - `complete`: these programs have made a control plane here, and its files are there, whatever its etcd does
   * - `begun`: a recovery has begun to make it, and was cut off
   * - `empty`: a machine that was made again, or whose disk is new
   * - `foreign`: something else that kubeadm or etcd have left
   * - `silent`: the machine does not answer
   */
  standing: (typeof STANDINGS)[number] | "silent";
  /** Whether etcd has a quorum. */
  healthy: boolean;
  /** What etcd says, or why the machine does not answer; for a person. */
  says: string;
}

/** Bash that prints `healthy` where this control plane's etcd has a quorum, else why not; then its standing. It changes nothing. */
export const CONDITION_SCRIPT = script(
  `if ! process=$(pidof etcd) || ! task=$(${ETCD_TASK}) || [[ -z $task ]]; then
  echo "no etcd runs"
# A read goes through the quorum.
elif answer=$(${etcdctlInTask("health")} \\
  endpoint health </dev/null 2>&1); then
  echo healthy
else
  tail --lines=1 <<<"$answer"
fi`,
  `if [[ -f ${COMPLETE_MARKER} && -f /etc/kubernetes/admin.conf ]]; then
  echo complete
elif [[ ! -f ${COMPLETE_MARKER} && -f ${RECOVERY_MARKER} && ! -f ${BEGUN_MARKER} ]]; then
  echo begun
elif [[ -f ${COMPLETE_MARKER} || -e /etc/kubernetes/admin.conf || -e /etc/kubernetes/kubelet.conf || -e /var/lib/etcd/member ]] ||
  compgen -G '/etc/kubernetes/manifests/*.yaml' >/dev/null; then
  echo foreign
else
  echo empty
fi`,
);

/** Reads what the script has printed, or why it could not run. */
export function conditionOf({
  ok,
  stdout,
  stderr,
}: {
  ok: boolean;
  stdout: string;
  stderr: string;
}): Condition {
  const lines = stdout.trim().split("\n");
  const standing = STANDINGS.find((one) => one === lines.at(-1));
  if (!ok || standing === undefined) {
    const why = stderr.trim().split("\n").at(-1) ?? "";
    return { standing: "silent", healthy: false, says: `does not answer: ${why}` };
  }
  const says = lines.slice(0, -1).join(" ");
  return { standing, healthy: says === "healthy", says };
}
