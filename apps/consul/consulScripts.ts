import { type Poll, quote, script } from "../../lib/bash";
import { PORTS } from "./consulNames";

/**
 * What the pods run: POSIX sh with coreutils and Consul's own program, because the image is sure to have no more. The program
 * finds server, certificate and token by CONSUL_* variables (consulTask.ts).
 *
 * It takes a token's secret and a gossip key as arguments and in no other way. They are read from files when it is called, so
 * they stand in no object and in no log, but for that moment in the pod's own list of processes.
 */

/** Folders with what a task reads. */
export const TASK_FOLDERS = {
  access: "/consul/access",
  gossip: "/consul/gossip",
  kv: "/consul/certificates",
};

/** As lib/bash.ts has it for bash: asks every half second until the command succeeds, then what it printed is in $answer. */
export function pollPosix({ what, command, deadlineSeconds }: Poll): string {
  return [
    `deadline=$(($(date +%s) + ${deadlineSeconds}))`,
    `until answer=$(${command} 2>&1); do`,
    `  if [ "$(date +%s)" -ge "$deadline" ]; then`,
    `    echo ${quote(`${what}: not so after ${deadlineSeconds} s. The last answer was:`)} >&2`,
    `    printf '%s\\n' "$answer" >&2`,
    `    exit 1`,
    `  fi`,
    `  sleep 0.5`,
    `done`,
  ].join("\n");
}

/*
 * Both probes ask the server itself, with the token of its own, so that neither ACLs nor other servers have to be there to
 * answer.
 */

/** The server knows who leads. */
export const LEADER_KNOWN = script(`
info=$(consul info)
case "$info" in
  *"leader_addr = "[0-9]*) ;;
  *)
    echo "no leader is known"
    exit 1
    ;;
esac`);

/**
 * The server votes, as far as it knows. Autopilot gives one that is back its vote after it was healthy for a
 * while. The configuration of raft reads `[{Suffrage:Voter ID:… Address:10.1.2.3:8300} {…}]`.
 */
export const VOTES = script(`
info=$(consul info)
set -f
IFS="{
"
for part in $info; do
  case "$part" in
    "Suffrage:Voter "*" Address:$POD_IP:${PORTS.rpc}}"*) exit 0 ;;
  esac
done
echo "this server has no vote yet"
exit 1`);

/** The leader answers, and the ACLs are there: what every task waits for. */
export const waitForLeader = pollPosix({
  what: "Consul answers with a leader and knows the management token",
  // The answer has the token in it; only an error is printed.
  command: "consul acl token read -self",
  deadlineSeconds: 180,
});
