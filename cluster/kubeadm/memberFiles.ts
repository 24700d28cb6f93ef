import { nodeVersion } from "../../environment/releases/kubernetesPackages";
import type { Environment } from "../../environment/schema";
import { indent, poll, quote, script } from "../../lib/bash";
import {
  SAVE_LAST_APPLIED_FUNCTION,
  LAST_APPLIED_FOLDER,
  REVERT_FUNCTION,
} from "../../ssh/lastApplied";

/** Files that only kubeadm writes on a member: static pods, and how the kubelet runs. None holds a secret. */
const FILES =
  "/etc/kubernetes/manifests/*.yaml /var/lib/kubelet/config.yaml /var/lib/kubelet/kubeadm-flags.env";

/** Seconds a kubelet may take to answer after a restart. */
const KUBELET_SECONDS = 60;

/** File with the version of the kubelet at the time of the last applied copies. */
export const MEMBER_VERSION = "/var/lib/sitewright/member-version";

/**
 * Bash functions for a member of a cluster. `keep_member` keeps copies of those files; call it last in every script in which kubeadm
 * or one of these steps writes them. `put_back_member` reverts later changes by hand; call it first. It restarts the kubelet only for
 * the kubelet's own files, and pods run on. The kubelet restarts the static pods whose manifest was changed.
 *
 * It reverts nothing on a member that was upgraded by hand: that would start old programs, etcd among them, over newer data. If the
 * member runs the versions of the environment, its files are kept as they are; else the script ends with both versions.
 */
export function memberFiles(environment: Pick<Environment, "kubernetes" | "packages">): string {
  const { version } = environment.kubernetes;
  const kubelet = nodeVersion(environment, "kubelet") ?? version;
  return script(
    SAVE_LAST_APPLIED_FUNCTION,
    REVERT_FUNCTION,
    `keep_member() {
  keep member ${FILES}
  kubelet --version >${MEMBER_VERSION}
}`,
    `image_version() { sed --quiet --regexp-extended 's|^ *image: .*:([^:/]+)$|\\1|p' "$1"; }
# What of this member has another version than when its files were remembered.
changed_versions() {
  local copy file was is
  if [[ -f ${MEMBER_VERSION} ]]; then
    was=$(<${MEMBER_VERSION})
    is=$(kubelet --version)
    [[ $was == "$is" ]] || echo "  kubelet: $was, now $is"
  fi
  for file in /etc/kubernetes/manifests/*.yaml; do
    copy=${LAST_APPLIED_FOLDER}/member$file
    [[ -f $copy && -f $file ]] || continue
    was=$(image_version "$copy")
    is=$(image_version "$file")
    [[ $was == "$is" ]] || echo "  \${file##*/}: $was, now $is"
  done
}
runs_configured() {
  local server=/etc/kubernetes/manifests/kube-apiserver.yaml
  [[ $(kubelet --version) == ${quote(`Kubernetes v${kubelet}`)} ]] &&
    [[ ! -f $server || $(image_version "$server") == ${quote(`v${version}`)} ]]
}`,
    `put_back_member() {
  local deadline answer changed
  changed=$(set -e; changed_versions)
  if [[ -n $changed ]]; then
    printf '%s was upgraded by hand:\\n%s\\n' "$(hostname)" "$changed" >&2
    if runs_configured; then
      echo "It runs what the environment says, so its files are remembered as they are." >&2
      keep_member
      return 0
    fi
    echo ${quote(`The environment asks for ${version}. Nothing was put back. Next: finish the upgrade on this machine, or take it back, and set kubernetes.version to what runs.`)} >&2
    exit 1
  fi
  put_back member
  ((\${#put_back[@]} == 0)) || echo "put back as this program had left them: \${put_back[*]}"
  [[ " \${put_back[*]} " == *" /var/lib/kubelet/"* ]] || return 0
  systemctl restart kubelet
${indent(
  poll({
    what: "the kubelet answers",
    command: "bash -c ': </dev/tcp/127.0.0.1/10248'",
    deadlineSeconds: KUBELET_SECONDS,
  }),
)}
}`,
  ).trimEnd();
}
