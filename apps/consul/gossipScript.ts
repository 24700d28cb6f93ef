import { script } from "../../lib/bash";
import { pollPosix, TASK_FOLDERS, waitForLeader } from "./consulScripts";
import type { ConsulSettings } from "./settings";

/**
 * Makes the key in the file the only gossip key, while everything runs. It can be repeated at any point, and does what is
 * left. A server that is away could not join again without the new key, so the script waits for all of them first.
 */
export function gossipScript({ replicas }: Pick<ConsulSettings, "replicas">): string {
  const all = `[${replicas}/${replicas}]`;
  return script(
    waitForLeader,
    `key=$(cat ${TASK_FOLDERS.gossip}/key)
all='${all}'`,
    `
# keys OPTION: each key and how many servers have it, [2/3]. Not for a log.
keys() {
  listing=$(consul keyring "$1") || return 1
  printf '%s\\n' "$listing" | while read -r each count; do
    case "$count" in
      "["*"/"*"]") echo "$each $count" ;;
    esac
  done
}

# everywhere OPTION: whether all servers answer and all have the key.
everywhere() {
  found=$(keys "$1") || return 1
  while read -r each count; do
    if [ "$each" = "$key" ]; then
      echo "$count of the servers have it"
      [ "$count" = "$all" ] && return 0 || return 1
    fi
  done <<END
$found
END
  echo "none of the servers has it"
  return 1
}

# present: whether all servers answer.
present() {
  found=$(keys -list) || return 1
  while read -r each count; do
    case "$count" in
      *"/${replicas}]") return 0 ;;
    esac
    echo "servers that have a key, of those that are there: $count"
  done <<END
$found
END
  return 1
}`,
    pollPosix({ what: "All servers are there", command: "present", deadlineSeconds: 300 }),
    'consul keyring -install "$key" >/dev/null',
    pollPosix({
      what: "All servers have the new gossip key",
      command: "everywhere -list",
      deadlineSeconds: 60,
    }),
    'consul keyring -use "$key" >/dev/null',
    pollPosix({
      what: "All servers use the new gossip key",
      command: "everywhere -list-primary",
      deadlineSeconds: 60,
    }),
    `
found=$(keys -list)
while read -r each count; do
  [ "$each" = "$key" ] || consul keyring -remove "$each" >/dev/null
done <<END
$found
END`,
    `echo "the gossip key is the only one, $all"`,
  );
}
