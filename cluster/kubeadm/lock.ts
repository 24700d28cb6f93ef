import { script } from "../../lib/bash";

/** Held while kubeadm changes a machine. In a folder that is empty after a reboot. */
const LOCK = "/run/sitewright-kubeadm.lock";

/** Seconds a script waits for the one before it; to be added to the deadline of its own work. */
export const LOCK_DEADLINE_SECONDS = 300;

/**
 * Head of every script that changes a machine by kubeadm. An interrupted `pulumi up` leaves its script running on the
 * machine; the next one waits here until that has ended, and then sees what came of it. Files are made for root alone,
 * and what a script prints goes to the error output: standard output, descriptor 3 from here on, is for its result.
 */
export function exclusively(): string {
  return script(
    `umask 077
exec 3>&1 1>&2 9>${LOCK}
if ! flock --wait ${LOCK_DEADLINE_SECONDS} 9; then
  echo "another run still works on $(hostname) after ${LOCK_DEADLINE_SECONDS} s; it holds ${LOCK} (lslocks shows by whom)" >&2
  exit 1
fi`,
  );
}

/**
 * Bash that keeps standard input, kubeadm's configuration with its secrets, in the file "$config" in memory until the script
 * ends. To be called before anything else: kubectl, for one, reads what it can get.
 */
export const KEEP_CONFIG = `config=$(mktemp /run/kubeadm.XXXXXX)
trap 'rm -f "$config"' EXIT
cat >"$config"
exec </dev/null`;
