import { KEEP_FUNCTION, PUT_BACK_FUNCTION } from "../remote/kept";
import { indent, poll, script } from "../remote/shell";

/** What kubeadm writes on a member and nobody else changes: static pods, and how the kubelet runs. None holds a secret. */
const FILES =
  "/etc/kubernetes/manifests/*.yaml /var/lib/kubelet/config.yaml /var/lib/kubelet/kubeadm-flags.env";

/** Seconds a kubelet may take to answer after a restart. */
const KUBELET_SECONDS = 60;

/**
 * Bash functions for a member of a cluster. `keep_member` remembers those files; it comes last in every script that has
 * kubeadm, or one of our own steps, write them. `put_back_member` undoes what was changed by hand since then; it comes first.
 * The kubelet is restarted for files of its own only, and its pods run on; of static pods it restarts those whose manifest
 * was changed.
 */
export const MEMBER_FILES = script(
  KEEP_FUNCTION,
  PUT_BACK_FUNCTION,
  `keep_member() { keep member ${FILES}; }`,
  `put_back_member() {
  local deadline answer
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
