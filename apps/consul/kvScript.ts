import { script } from "../../lib/bash";
import { CERTIFICATE_KEYS } from "./acl";
import { pollPosix, TASK_FOLDERS } from "./consulScripts";

/** The two keys of a pair, as Traefik reads them. */
export const PAIR_KEYS = ["certFile", "keyFile"] as const;

/** A pair's copy stands under its number and this. */
export const SPARE_OFFSET = 5;

/** How many pairs there can be: with their copies they have one digit, so that their keys sort as their numbers do. */
export const MOST_CERTIFICATES = SPARE_OFFSET;

/**
 * Writes the pairs in the folder to the KV store, as Traefik reads them, each of them twice, and removes all other keys: if
 * Traefik cannot understand one key, it rejects them all and takes nothing new.
 *
 * Two keys cannot be written in one step, and Traefik does not serve a pair whose halves do not match: the host would get the
 * default certificate meanwhile. If there are two pairs for one host, Traefik serves the first whole one. So it serves the copy
 * while a pair is written, or if the pair is damaged one day.
 *
 * @throws RangeError for more than MOST_CERTIFICATES.
 */
export function kvScript(certificates: number): string {
  if (certificates > MOST_CERTIFICATES) {
    throw new RangeError(`${certificates} certificates are more than ${MOST_CERTIFICATES}`);
  }
  const numbers = Array.from({ length: certificates }, (_, number) => number);
  const wanted = numbers
    .flatMap((number) => [number, number + SPARE_OFFSET])
    .sort()
    .flatMap((at) => PAIR_KEYS.map((key) => `${CERTIFICATE_KEYS}${at}/${key}`));
  return script(
    pollPosix({
      what: "Consul answers",
      command: `consul kv get -keys ${CERTIFICATE_KEYS}`,
      deadlineSeconds: 180,
    }),
    `
# put KEY FILE: unless the KV store has the file's content already. A file's last line ends in the KV store as in the file.
put() {
  if [ "$(consul kv get "$1" 2>/dev/null)" = "$(cat "${TASK_FOLDERS.kv}/$2")" ]; then
    echo "$1: unchanged"
  else
    consul kv put "$1" "@${TASK_FOLDERS.kv}/$2"
  fi
}`,
    ...numbers.flatMap((number) =>
      [number, number + SPARE_OFFSET].map((at) =>
        [
          `put ${CERTIFICATE_KEYS}${at}/certFile ${number}.chain`,
          `put ${CERTIFICATE_KEYS}${at}/keyFile ${number}.key`,
        ].join("\n"),
      ),
    ),
    `
keys=$(consul kv get -keys -separator= ${CERTIFICATE_KEYS})
while IFS= read -r key; do
  case "$key" in
    ${["''", ...wanted].join(" | ")}) ;;
    *) consul kv delete "$key" ;;
  esac
done <<END
$keys
END`,
  );
}
