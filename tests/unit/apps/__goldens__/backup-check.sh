set -eu

. /scripts/common.sh

name=${BACKUP_FROM:-}
nothing="Nothing was restored: $app is as it was."
names() {
  printf '%s ' "${1##*/}"
}
others() {
  found=$(eachBackup names)
  printf 'choose one of these: %s' "${found:-(there are none)}"
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
test "${sum%% *}" = "$(field sha256 "$manifest")" || refuse "$nothing" "$FILE" \
  "its content has changed: sha256 ${sum%% *}, the manifest says $(field sha256 "$manifest")" "copy it again, or $(others)"
run app-verify.sh >&2 || refuse "$nothing" "$FILE" "$app's own tool does not accept it; its message stands above" "$(others)"

cat "$manifest"
