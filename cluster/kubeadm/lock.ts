import { script } from "../../lib/bash";

/** Held while kubeadm changes a machine. Its folder is empty after a reboot. */
export const LOCK = "/run/sitewright-kubeadm.lock";

/** Seconds a script waits for the one before it. Add them to the deadline of its own work. */
export const LOCK_DEADLINE_SECONDS = 300;

/**
 * Head of every script that changes a machine with kubeadm: it takes the machine's lock. An interrupted `pulumi up` leaves its script
 * running on the machine; the next script waits here until that one has ended, and then sees its result. Files are created for root
 * alone. What a script prints goes to standard error; its result goes to standard output, which is descriptor 3 from here on.
 */
export function withLock(): string {
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
 * Bash that writes standard input, kubeadm's configuration with its secrets, to the file "$config" in memory until the script ends.
 * Run it before any other command, because some commands, such as kubectl, would read standard input.
 */
export const KEEP_CONFIG = `config=$(mktemp /run/kubeadm.XXXXXX)
trap 'rm -f "$config"' EXIT
cat >"$config"
exec </dev/null`;
