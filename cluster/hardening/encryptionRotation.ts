import type { Environment, NodeSpec } from "../../environment/schema";
import { poll, script } from "../../lib/bash";
import { WRITE_FUNCTION } from "../../ssh/writeFunction";
import { withLock } from "../kubeadm/lock";
import { COMPLETE_MARKER } from "../kubeadm/reset";
import { restartApiServer } from "./apiServer";
import { API_SERVER_FILES } from "./paths";

/**
 * Brings in another key so that no API server ever meets a Secret that it cannot read. The old keys stay in the file until no Secret
 * is encrypted with them. Only the file knows which keys these are, so a rotation that is interrupted, even by another rotation,
 * loses nothing.
 *
 * | stage | every API server | why |
 * | --- | --- | --- |
 * | accept | reads with the new key too | one that writes with it must find all others able to read it |
 * | use | writes with it | |
 * | finish | drops the other keys, once all Secrets are encrypted with the new key | |
 *
 * With one API server there are no others, so the first stage is left out.
 */
export type Stage = "accept" | "use";

/** Seconds for encrypting all Secrets with the new key. */
const REWRITE_SECONDS = 300;

/**
 * Bash function `take_key`: writes the file of a stage, from the configuration of the new key in `$desired`. It is true if the file
 * changed. Before the machine is a control plane nothing is encrypted yet, so the file has the new key alone.
 */
export function takeKeyFunction(stage: Stage): string {
  return `take_key() {
  local file=${API_SERVER_FILES.encryption} name others
  if [[ ! -f ${COMPLETE_MARKER} || ! -f $file ]]; then
    write $file "$desired"
    return
  fi
  # Two lines for each key, at the end of the file.
  name=$(awk '$2 == "name:" { print $3 }' <<<"$desired")
  others=$(awk -v name="$name" '$2 == "name:" { keys = 1; keep = $3 != name } keys && keep' $file)
  [[ -n $others ]] || return 1
${STAGES[stage]}
}`;
}

const STAGES: Record<Stage, string> = {
  accept: `  ! grep -q "name: $name$" $file || return 1
  write $file "$(awk '$2 == "name:" { exit } { print }' <<<"$desired")"$'\\n'"$others"$'\\n'"$(awk '$2 == "name:" { keys = 1 } keys' <<<"$desired")"`,
  use: `  write $file "$desired"$'\\n'"$others"`,
};

/** Bash for the stage `use` on one control plane. The new key is on standard input. */
export function useKeyScript(environment: Environment, node: NodeSpec): string {
  return script(
    withLock(),
    WRITE_FUNCTION,
    takeKeyFunction("use"),
    restartApiServer(environment, node),
    `desired=$(cat)
exec </dev/null
if take_key; then restart_api_server; fi
chmod 0600 ${API_SERVER_FILES.encryption}`,
  );
}

/**
 * Bash for the end of a rotation: the first control plane encrypts all Secrets with the new key, and each control plane drops the old
 * keys. The API server does so within a minute.
 */
export function finishKeyScript(rewrites: boolean): string {
  return script(
    withLock(),
    WRITE_FUNCTION,
    `desired=$(cat)
exec </dev/null
file=${API_SERVER_FILES.encryption}
[[ $(<$file) != "$desired" ]] || exit 0`,
    rewrites
      ? script(
          `# Whoever changes one in between makes the whole attempt fail, which is then repeated.
rewrite_secrets() {
  export KUBECONFIG=/etc/kubernetes/admin.conf
  local names
  names=$(kubectl get secrets --all-namespaces --output name) || return
  [[ -z $names ]] || kubectl get secrets --all-namespaces --output json | kubectl replace --filename - >/dev/null
}`,
          poll({
            what: "every Secret is written anew with the new key",
            command: "rewrite_secrets",
            deadlineSeconds: REWRITE_SECONDS,
          }),
        )
      : "",
    `write $file "$desired"
chmod 0600 $file`,
  );
}

/** Seconds that a stage may take, without the wait for other runs. */
export const ROTATION_SECONDS = REWRITE_SECONDS + 60;
