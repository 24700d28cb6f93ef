import { quote, script } from "../../lib/bash";
import { ACCESS, OURS } from "./acl";
import { autopilot } from "./consulConfig";
import { TASK_FOLDERS, waitForLeader } from "./consulScripts";
import type { ConsulSettings } from "./settings";

/**
 * Brings autopilot, policies and tokens to what this version wants, however they are: first time, changed, or restored from a
 * backup of another time.
 */
export function accessScript(spec: Pick<ConsulSettings, "replicas">): string {
  return script(
    waitForLeader,
    `consul operator autopilot set-config${Object.entries(autopilot(spec))
      .map(([key, value]) => ` -${key.replaceAll("_", "-")}=${value}`)
      .join("")}`,
    ACCESS_FUNCTIONS,
    ...ACCESS.map(
      ({ name, purpose, rules }) =>
        `policy ${quote(name)} ${quote(`${OURS}${purpose}`)} <<'RULES'\n${rules}RULES\ntoken ${quote(name)} ${quote(`${OURS}${purpose}`)}`,
    ),
    REMOVE_OLD_ACCESS,
  );
}

// Commands about tokens print the secret: their output goes nowhere.
const ACCESS_FUNCTIONS = `
wanted=' '

# policy NAME DESCRIPTION <RULES
policy() {
  if consul acl policy read -name "$1" >/dev/null 2>&1; then
    consul acl policy update -name "$1" -description "$2" -rules - >/dev/null
  else
    consul acl policy create -name "$1" -description "$2" -rules - >/dev/null
  fi
}

# token NAME DESCRIPTION
token() {
  accessor=$(cat "${TASK_FOLDERS.access}/$1.accessor")
  wanted="$wanted$1 $accessor "
  if consul acl token read -accessor-id "$accessor" >/dev/null 2>&1; then
    consul acl token update -accessor-id "$accessor" -policy-name "$1" -description "$2" >/dev/null
  else
    consul acl token create -accessor "$accessor" -secret "$(cat "${TASK_FOLDERS.access}/$1.secret")" \\
      -policy-name "$1" -description "$2" >/dev/null
  fi
}`;

/**
 * Descriptions mark what is ours. Consul also makes tokens from its configuration file; only the one in use stays: any other
 * came with a backup, and was the management token of an earlier site.
 */
const REMOVE_OLD_ACCESS = `
accessor=
own=$(consul acl token read -self)
own=\${own#*AccessorID:}
own=\${own%%SecretID:*}
own=$(echo $own)

tokens=$(consul acl token list)
while IFS= read -r line; do
  case "$line" in
    "AccessorID: "*) accessor=\${line##* } ;;
    "Description: "*"${OURS}"*)
      case "$wanted" in
        *" $accessor "*) ;;
        *) consul acl token delete -accessor-id "$accessor" ;;
      esac
      ;;
    "Description: "*"Initial Management Token")
      [ "$accessor" = "$own" ] || consul acl token delete -accessor-id "$accessor"
      ;;
  esac
done <<END
$tokens
END

policies=$(consul acl policy list)
while IFS= read -r line; do
  case "$line" in
    [!\\ ]*:) name=\${line%:} ;;
    *"Description: "*"${OURS}"*)
      case "$wanted" in
        *" $name "*) ;;
        *) consul acl policy delete -name "$name" ;;
      esac
      ;;
  esac
done <<END
$policies
END`;
