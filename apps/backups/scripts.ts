import { quote, script } from "../../lib/bash";

/** Folder of the backups in a task pod. */
export const BACKUP_FOLDER = "/backups";

/** Folder of the scripts in a task pod. */
export const SCRIPT_FOLDER = "/scripts";

/** What the scripts are made from. */
export interface ScriptArgs {
  app: string;
  version: string;
  site: string;
  extension: string;
  /** Backups that are kept. */
  keep: number;
  /** Seconds after which no task writes any more. */
  deadlineSeconds: number;
  /** The application's own commands. */
  save: string;
  verify: string;
  restore: string;
  /** Where the backups are. */
  folder?: string;
  /** Where these scripts are. */
  scripts?: string;
}

/**
 * The scripts of a backup by file name. POSIX sh with builtins and coreutils only, because that is what the images of all
 * applications have.
 *
 * A backup is a file and its manifest, both under their final names. They get these by rename when the content is verified,
 * so that what was interrupted never looks like a backup.
 */
export function backupScripts(args: ScriptArgs): Record<string, string> {
  return {
    "common.sh": common(args),
    "save.sh": task(args, SAVE),
    "list.sh": task(args, LIST),
    "check.sh": task(args, CHECK, 'cat "$manifest"'),
    "restore.sh": task(args, CHECK, RESTORE),
    "app-save.sh": script("set -eu", args.save),
    "app-verify.sh": script("set -eu", args.verify),
    "app-restore.sh": script("set -eu", args.restore),
  };
}

/** A value that stands in a manifest, and in a pattern of the shell, as it is. */
const SAFE = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

function safe(what: string, value: string): string {
  if (!SAFE.test(value)) {
    throw new Error(`The ${what} of a backup is not a plain word: ${value}`);
  }
  return value;
}

function task({ scripts = SCRIPT_FOLDER }: ScriptArgs, ...parts: string[]): string {
  return script("set -eu", `. ${quote(`${scripts}/common.sh`)}`, ...parts);
}

function common(args: ScriptArgs): string {
  const { folder = BACKUP_FOLDER, scripts = SCRIPT_FOLDER, keep, deadlineSeconds } = args;
  return script(
    [
      `app=${safe("application", args.app)}`,
      `version=${safe("version", args.version)}`,
      `site=${safe("site", args.site)}`,
      `extension=${safe("extension", args.extension)}`,
      `keep=${keep}`,
      `deadline=${deadlineSeconds}`,
      `folder=${quote(folder)}`,
      `scripts=${quote(scripts)}`,
    ].join("\n"),
    // Names sort by time, and only the owner reads what is written.
    "export LC_ALL=C TZ=UTC\numask 077",
    FUNCTIONS,
  );
}

/** Text of the shell, in which \\${ stands for what the shell replaces. */
function sh(text: TemplateStringsArray): string {
  return text.raw.join("").replaceAll("\\${", "${");
}

const FUNCTIONS = sh`
# refuse WHAT WHERE WHY NEXT
refuse() {
  printf '%s\n  where: %s\n  why:   %s\n  next:  %s\n' "$1" "$2" "$3" "$4" >&2
  exit 1
}

# run SCRIPT: in a process of its own, which ends with this one.
run() {
  sh "$scripts/$1" &
  child=$!
  status=0
  wait "$child" || status=$?
  child=
  return "$status"
}
child=
# The shell is the container's first process: without a trap it would not end before it is killed.
trap 'test -z "$child" || { kill "$child" && wait "$child"; } || true; exit 143' TERM INT

# field NAME MANIFEST: prints a value that is a plain word, and nothing for one that is not.
field() {
  while IFS= read -r line; do
    case "$line" in
      "  \"$1\": \""*'"' | "  \"$1\": \""*'",')
        value=\${line%,}
        value=\${value#"  \"$1\": \""}
        value=\${value%'"'}
        case "$value" in
          *[!A-Za-z0-9:._-]*) ;;
          *) printf '%s\n' "$value" ;;
        esac
        return
        ;;
    esac
  done <"$2"
}

# complete FILE: whether it has its final name, its manifest and its length.
complete() {
  test -f "$1" && test -f "$1.json" && test "$(stat -c %s "$1")" = "$(field bytes "$1.json")"
}

# eachBackup COMMAND: for all files of this application that have a backup's name, the oldest first.
eachBackup() {
  for each in "$folder/$app"-????????T??????Z."$extension"; do
    test ! -f "$each" || "$1" "$each"
  done
}
`;

const SAVE = sh`
now=$(date +%s)
name=$app-$(date -d "@$now" +%Y%m%dT%H%M%SZ).$extension
FILE=$folder/.$name.$(uname -n).partial
export FILE
test ! -e "$folder/$name" || refuse "A backup of $app was made in this very second." \
  "$folder/$name" "its name is taken" "try again"

# What a task left that was killed. It may belong to one that is still at work, until no task can be.
for each in "$folder/.$app-"*.partial; do
  if test -f "$each" && test $((now - $(stat -c %Y "$each"))) -gt "$deadline"; then
    rm -f -- "$each"
  fi
done
# A manifest comes before its file; one without is of a task that was killed in between.
for each in "$folder/$app"-????????T??????Z."$extension.json"; do
  if test -f "$each" && test ! -e "\${each%.json}" && test $((now - $(stat -c %Y "$each"))) -gt 60; then
    rm -f -- "$each"
  fi
done

trap 'rm -f -- "$FILE" "$FILE.json"' EXIT
run app-save.sh || refuse "The backup of $app failed; those that are there are untouched." \
  "$folder" "the message above; $(df -h "$folder" | tail -n 1)" "mend the cause; the next one by the clock may do, or make backup APP=$app"
test -s "$FILE" || refuse "The backup of $app is empty; those that are there are untouched." \
  "$folder" "the command that saves wrote nothing" "mend the cause, then make backup APP=$app"
run app-verify.sh || refuse "The backup of $app cannot be restored, so it is not kept; those that are there are untouched." \
  "$folder" "the message above" "mend the cause, then make backup APP=$app"

chmod 600 "$FILE"
bytes=$(stat -c %s "$FILE")
sum=$(sha256sum "$FILE")
{
  printf '{\n'
  printf '  "format": "sitewright-backup-1",\n'
  printf '  "site": "%s",\n' "$site"
  printf '  "app": "%s",\n' "$app"
  printf '  "version": "%s",\n' "$version"
  printf '  "created": "%s",\n' "$(date -d "@$now" +%Y-%m-%dT%H:%M:%SZ)"
  printf '  "bytes": "%s",\n' "$bytes"
  printf '  "sha256": "%s"\n' "\${sum%% *}"
  printf '}\n'
} >"$FILE.json"
# On the disk before it is a backup. The manifest first: a file without one may be an operator's own, which is kept.
sync "$FILE" "$FILE.json"
mv "$FILE.json" "$folder/$name.json"
mv "$FILE" "$folder/$name"

count=0
tally() {
  ! complete "$1" || count=$((count + 1))
}
prune() {
  if test "$count" -gt "$keep" && complete "$1"; then
    rm -f -- "$1" "$1.json"
    count=$((count - 1))
  fi
}
eachBackup tally
eachBackup prune
printf '%s\n' "$name"
`;

const LIST = sh`
show() {
  state=whole
  if test ! -f "$1.json"; then
    state=no-manifest
  elif ! complete "$1"; then
    state=truncated
  elif test "$(field site "$1.json")" != "$site" || test "$(field app "$1.json")" != "$app"; then
    state=foreign
  fi
  created=-
  release=-
  if test -f "$1.json"; then
    created=$(field created "$1.json")
    release=$(field version "$1.json")
  fi
  printf '%s %s %s %s %s\n' "\${1##*/}" "\${created:--}" "$(stat -c %s "$1")" "\${release:--}" "$state"
}
eachBackup show
`;

const CHECK = sh`
name=\${BACKUP_FROM:-}
nothing="Nothing was restored: $app is as it was."
names() {
  printf '%s ' "\${1##*/}"
}
others() {
  found=$(eachBackup names)
  printf 'choose one of these: %s' "\${found:-(there are none)}"
}
case "$name" in
  '' | .* | -* | *[!A-Za-z0-9._-]*)
    refuse "$nothing" "FROM=$name" "this is not the name of a backup" "$(others)"
    ;;
esac
FILE=$folder/$name
manifest=$FILE.json
export FILE
test -f "$FILE" || refuse "$nothing" "$FILE" "there is no such backup" "$(others)"
test -f "$manifest" || refuse "$nothing" "$manifest" \
  "the backup has no manifest, so nobody knows what it is and whether it is whole" "put its manifest beside it, or $(others)"
test "$(field format "$manifest")" = sitewright-backup-1 || refuse "$nothing" "$manifest" \
  "the manifest is damaged, or of another version of these programs" "put the right manifest there, or $(others)"
test "$(field site "$manifest")" = "$site" || refuse "$nothing" "$manifest" \
  "it is a backup of site $(field site "$manifest"), this is site $site" "$(others)"
test "$(field app "$manifest")" = "$app" || refuse "$nothing" "$manifest" \
  "it is a backup of $(field app "$manifest"), this is $app" "$(others)"
test "$(stat -c %s "$FILE")" = "$(field bytes "$manifest")" || refuse "$nothing" "$FILE" \
  "it is truncated: $(stat -c %s "$FILE") bytes of $(field bytes "$manifest")" "copy it again, or $(others)"
sum=$(sha256sum "$FILE")
test "\${sum%% *}" = "$(field sha256 "$manifest")" || refuse "$nothing" "$FILE" \
  "its content has changed: sha256 \${sum%% *}, the manifest says $(field sha256 "$manifest")" "copy it again, or $(others)"
run app-verify.sh >&2 || refuse "$nothing" "$FILE" "$app's own tool does not accept it; its message stands above" "$(others)"
`;

const RESTORE = sh`
printf 'restoring %s of %s, made by release %s, into release %s\n' "$name" "$(field created "$manifest")" "$(field version "$manifest")" "$version"
run app-restore.sh || refuse "The restore of $app from $name failed." "$FILE" "the message above" \
  "mend the cause, then make restore APP=$app FROM=$name"
printf 'restored %s\n' "$name"
`;
