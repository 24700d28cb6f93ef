set -eu

. /scripts/common.sh

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
  if test -f "$each" && test ! -e "${each%.json}" && test $((now - $(stat -c %Y "$each"))) -gt 60; then
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
  printf '  "sha256": "%s"\n' "${sum%% *}"
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
