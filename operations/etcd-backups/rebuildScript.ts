import { OWN_ETCD_FUNCTION } from "../../cluster/hardening/etcd";
import { PARTS } from "../../cluster/etcd-backup/controlPlane";
import { MARK_CONTROL_PLANE_FUNCTION } from "../../cluster/kubeadm/controlPlaneLabels";
import { initConfig } from "../../cluster/kubeadm/kubeadmConfig";
import { LOCK_DEADLINE_SECONDS, withLock } from "../../cluster/kubeadm/lock";
import { memberFiles } from "../../cluster/kubeadm/memberFiles";
import { RECREATE_NODE_FUNCTION, RECREATE_NODE_SECONDS } from "../../cluster/kubeadm/recreateNode";
import { BEGUN_MARKER, COMPLETE_MARKER } from "../../cluster/kubeadm/reset";
import { immutableFactsText } from "../../cluster/state/immutableSettings";
import type { Environment, NodeSpec } from "../../environment/schema";
import { poll, quote, script } from "../../lib/bash";
import {
  receive,
  RECOVERY_FOLDER,
  restoreFunctions,
  type Sent,
  STOP_FUNCTION,
} from "./restoreData";

/**
 * A recovery writes this file, with the name of the backup, before it makes a control plane on a machine that has none, and removes it
 * when that is complete. What the machine has of a control plane in between is the recovery's own.
 */
export const RECOVERY_MARKER = "/etc/kubernetes/sitewright-recovering";

/** Part of what is sent: kubeadm's configuration. */
export const INIT_CONFIG = "init.yaml";

/** Seconds until the API answers, and until a Node is there. */
const READY_SECONDS = 180;

/** Seconds for all of it: images, etcd's largest database, kubeadm. */
export const REBUILD_SECONDS = LOCK_DEADLINE_SECONDS + RECREATE_NODE_SECONDS + 1200;

/**
 * What kubeadm would write into the cluster: it is in the data, with what was changed since. The last phase prints what two of them have
 * made, and kubeadm refuses to run it without them.
 */
const SKIPPED_PHASES = [
  ...["upload-config", "upload-certs", "bootstrap-token", "addon"],
  "show-join-command",
];

const ADMIN = "kubectl --kubeconfig /etc/kubernetes/admin.conf";

/** kubeadm's configuration for a control plane whose data is there before it. */
export function rebuildConfig(environment: Environment, node: NodeSpec): string {
  const { kubernetes } = environment;
  const ignored = kubernetes.ignorePreflightErrors;
  // "all" stands alone, says kubeadm.
  const isAll = ignored.some((check) => check.toLowerCase() === "all");
  const ignorePreflightErrors = isAll ? ignored : [...ignored, "DirAvailable--var-lib-etcd"];
  return initConfig({ ...environment, kubernetes: { ...kubernetes, ignorePreflightErrors } }, node);
}

/**
 * Bash that makes the control plane of a cluster again on a machine that is prepared (node/prepare.ts) and hardened
 * (hardening/controlPlaneFiles.ts), and has none. Standard input is an archive with the cluster's CAs (PARTS.pki), a snapshot of etcd
 * and kubeadm's configuration. kubeadm makes certificates and kubeconfigs again, for the same CAs.
 *
 * It begins only on a machine without a control plane, or on what it has begun itself. A run that was cut off is repeated, and puts
 * aside what data there is; once the API has answered, only the rest is done.
 *
 * @param vmId - UUID of the machine. A Node that names another one in the vCenter (providerID, which cannot change) is made again.
 * @param from - Name of the backup.
 */
export function rebuildScript(
  environment: Environment,
  node: NodeSpec,
  { vmId, sent, from }: { vmId: string; sent: Sent; from: string },
): string {
  const name = quote(node.name);
  const ready = poll({
    what: "the API answers out of the recovered data",
    command: `${ADMIN} --request-timeout=5s get --raw /readyz`,
    deadlineSeconds: READY_SECONDS,
  });
  return script(
    withLock(),
    memberFiles(environment),
    OWN_ETCD_FUNCTION,
    MARK_CONTROL_PLANE_FUNCTION,
    RECREATE_NODE_FUNCTION,
    STOP_FUNCTION,
    restoreFunctions(node),
    `is_control_plane() {
  [[ -e /etc/kubernetes/admin.conf || -e /etc/kubernetes/kubelet.conf || -e /var/lib/etcd/member ]] ||
    compgen -G '/etc/kubernetes/manifests/*.yaml' >/dev/null
}
# kubeadm init of a new cluster, after this one was destroyed, is none of a recovery.
is_begun() { [[ -f ${RECOVERY_MARKER} && ! -f ${BEGUN_MARKER} ]]; }
if [[ -f ${COMPLETE_MARKER} ]] || { ! is_begun && is_control_plane; }; then
  echo "$(hostname) has a control plane, or data of etcd, that no recovery has begun to make. It is left as it is." >&2
  exit 1
fi
answers() { [[ $(${ADMIN} --request-timeout=5s get --raw /readyz 2>/dev/null) == ok ]]; }`,
    `if is_begun && answers; then
  echo "the control plane that a recovery from $(<${RECOVERY_MARKER}) has made answers; only the rest is done" >&3
  exec </dev/null
else
${receive(sent).trimEnd()}
  # It has the CAs' keys.
  trap 'rm -rf ${RECOVERY_FOLDER}' EXIT
  if is_begun; then
    # All of it came out of a backup, and comes again.
    stop_control_plane
    rm -rf /etc/kubernetes/pki /etc/kubernetes/manifests/*.yaml /etc/kubernetes/*.conf
  fi
  mkdir -p /etc/kubernetes
  echo ${quote(from)} >${RECOVERY_MARKER}
  config=${RECOVERY_FOLDER}/${INIT_CONFIG}
  kubeadm config images pull --config $config
  image=$(kubeadm config images list --config $config | grep '/etcd:')
  restore_data "$image" ${RECOVERY_FOLDER}/${PARTS.snapshot}
  take_data
  cp --recursive ${RECOVERY_FOLDER}/${PARTS.pki} /etc/kubernetes/
  # It keeps the CAs that it finds.
  kubeadm init phase certs all --config $config
  own_etcd
  kubeadm init --config $config --skip-phases ${SKIPPED_PHASES.join(",")} --skip-token-print --skip-certificate-key-print
fi`,
    `rm -f /etc/kubernetes/super-admin.conf`,
    ready,
    `machine=$(${ADMIN} --request-timeout=10s get node ${name} --ignore-not-found --output 'jsonpath={.spec.providerID}')
if [[ -n $machine && \${machine,,} != */${vmId.toLowerCase()} ]]; then
  echo "the Node ${node.name} is the machine $machine, which is gone: its kubelet makes it again" >&3
  ${ADMIN} --request-timeout=30s delete node ${name}
  return_node ${name} /etc/kubernetes/admin.conf
fi`,
    poll({
      what: `the node ${node.name} is there`,
      command: `${ADMIN} --request-timeout=5s get node ${name} --output name`,
      deadlineSeconds: READY_SECONDS,
    }),
    `mark_control_plane ${name}
keep_member
printf '%s\\n' ${quote(immutableFactsText(environment))} >${COMPLETE_MARKER}
rm -rf ${RECOVERY_MARKER} ${RECOVERY_FOLDER}`,
  );
}
