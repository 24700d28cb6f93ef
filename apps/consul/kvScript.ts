import { script } from "../../remote/shell";
import { CERTIFICATE_KEYS } from "./consulAccess";
import { pollPosix, TASK_FOLDERS } from "./consulScripts";

/**
 * Writes the pairs in the folder to the KV store, as Traefik reads them, and removes those with higher numbers.
 *
 * Two keys are not written in one step. So a changed pair stands whole under a number of its own, above all others, while the
 * halves under its final number do not match.
 */
export function kvScript(certificates: number): string {
  const spare = `${CERTIFICATE_KEYS}${certificates}`;
  return script(
    pollPosix({
      what: "Consul answers",
      command: `consul kv get -keys ${CERTIFICATE_KEYS}`,
      deadlineSeconds: 180,
    }),
    `
# put FOLDER NUMBER: the pair in the files, below a folder of the KV store.
put() {
  consul kv put "$1/certFile" "@${TASK_FOLDERS.kv}/$2.chain"
  consul kv put "$1/keyFile" "@${TASK_FOLDERS.kv}/$2.key"
}

# same KEY FILE: whether the KV store has the file's content. A file's last line ends in the KV store as in the file.
same() {
  [ "$(consul kv get "$1" 2>/dev/null)" = "$(cat "${TASK_FOLDERS.kv}/$2")" ]
}`,
    ...Array.from({ length: certificates }, (_, number) => {
      const folder = `${CERTIFICATE_KEYS}${number}`;
      return `
if same ${folder}/certFile ${number}.chain && same ${folder}/keyFile ${number}.key; then
  echo "certificate ${number}: unchanged"
else
  put ${spare} ${number}
  put ${folder} ${number}
  consul kv delete -recurse ${spare}/
fi`;
    }),
    `
numbers=$(consul kv get -keys ${CERTIFICATE_KEYS})
for each in $numbers; do
  number=\${each#${CERTIFICATE_KEYS}}
  number=\${number%%/*}
  case "$number" in
    '' | *[!0-9]*) continue ;;
  esac
  [ "$number" -lt ${certificates} ] || consul kv delete -recurse "${CERTIFICATE_KEYS}$number/"
done`,
  );
}
